import { lazy } from './lazy.tsx'
import { Header } from './header.tsx'
import { Problems } from './problems.tsx'
import { Tabs } from './tabs.tsx'
import { answersDone, checksDone, notice, page, stale } from '../state/store.ts'
import { MapPart } from '../map/map-part.tsx'

const Editor = lazy(async () => (await import('../editor/editor.tsx')).Editor)
const RequestPart = lazy(async () => (await import('../request/request-part.tsx')).RequestPart)
const Laboratory = lazy(async () => (await import('../laboratory/laboratory-part.tsx')).LaboratoryPart)

/** The page: the configuration on one side, what it does on the other. */
export function App() {
  const now = page.value
  return (
    <div class="app" data-page={now} data-checked={checksDone.value} data-answered={answersDone.value}>
      <a class="skip" href="#parts">
        Skip the editor
      </a>
      <Header />
      <main class="panes">
        <section class="pane pane-edit" aria-label="Configuration">
          <Editor />
          <Problems />
        </section>
        <section class="pane pane-parts" id="parts" aria-label="What it does" tabIndex={-1}>
          <Tabs />
          {stale.value && <p class="stale">The text cannot be read just now: this is of the text before.</p>}
          <div class="part" id={`part-${now}`} role="tabpanel" aria-labelledby={`tab-${now}`} tabIndex={0}>
            {now === 'map' && <MapPart />}
            {now === 'request' && <RequestPart />}
            {now === 'laboratory' && <Laboratory />}
          </div>
        </section>
      </main>
      <p class="notice" role="status" data-shown={notice.value !== ''}>
        {notice.value}
      </p>
    </div>
  )
}

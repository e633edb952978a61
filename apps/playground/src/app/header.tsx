import { signal } from '@preact/signals'
import { share } from '../share/link.ts'
import { checked, checker, fileName, openText, say, text } from '../state/store.ts'
import { examples } from './examples.ts'
import { ThemeButton } from './theme-button.tsx'

const KINDS: Readonly<Record<string, string>> = {
  bootstrap: 'bootstrap',
  'config-dump': 'config dump',
  'route-configuration': 'route configuration',
  listener: 'listener',
  cluster: 'cluster',
  'load-assignment': 'load assignment',
  resources: 'xDS resources',
}

/** Name, examples, and what can be done with the whole. */
export function Header() {
  return (
    <header class="header">
      <h1 class="wordmark">
        nuncio <span>playground</span>
      </h1>
      <p class="kind">{checked.value === undefined ? '' : (KINDS[checked.value.kind] ?? '')}</p>
      <div class="actions">
        <ExampleMenu />
        <FileButton />
        <button
          type="button"
          class="button"
          onClick={() => void writeCanonical()}
          title="Rewrite as canonical Envoy v3 YAML"
        >
          Canonical
        </button>
        <button type="button" class="button primary" onClick={() => void share()}>
          Share
        </button>
        <ThemeButton />
      </div>
    </header>
  )
}

/** Which example was opened last. */
const opened = signal('')

function ExampleMenu() {
  const open = async (name: string): Promise<void> => {
    const example = examples.find((each) => each.name === name)
    if (example === undefined) return
    opened.value = name
    openText(await example.load(), name)
  }
  return (
    <label class="select">
      <span class="hidden">Open an example</span>
      <select value={opened.value} onChange={(event) => void open(event.currentTarget.value)}>
        <option value="" disabled>
          Examples
        </option>
        {examples.map(({ name }) => (
          <option key={name} value={name}>
            {name.replaceAll('-', ' ')}
          </option>
        ))}
      </select>
    </label>
  )
}

async function openFile(input: HTMLInputElement): Promise<void> {
  const file = input.files?.[0]
  if (file === undefined) return
  if (file.size > 8 * 1024 * 1024) return say(`${file.name} is larger than 8 MB.`)
  openText(await file.text(), file.name)
  input.value = ''
}

function FileButton() {
  return (
    <label class="button file">
      Open
      <input
        type="file"
        class="hidden"
        aria-label="Open a file"
        accept=".yaml,.yml,.json"
        onChange={(event) => void openFile(event.currentTarget)}
      />
    </label>
  )
}

/** Short forms written out, names as in the API, comments kept. */
async function writeCanonical(): Promise<void> {
  try {
    const written = await checker.call('canonical', [text.value])
    if (written.text === text.value) return say('It is canonical already.')
    openText(written.text, fileName.value)
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
  }
}

import { page, type Page } from '../state/store.ts'

const TABS: readonly (readonly [page: Page, title: string])[] = [
  ['edit', 'Edit'],
  ['map', 'Map'],
  ['request', 'Request'],
  ['laboratory', 'Laboratory'],
]

/** Which part is shown. The editor's tab is only for narrow windows, where it has no place of its own. */
export function Tabs() {
  return (
    <div class="tabs" role="tablist" aria-label="Parts" onKeyDown={onKey}>
      {TABS.map(([name, title]) => (
        <button
          key={name}
          type="button"
          role="tab"
          id={`tab-${name}`}
          class="tab"
          data-tab={name}
          aria-selected={page.value === name}
          aria-controls={`part-${page.value}`}
          tabIndex={page.value === name ? 0 : -1}
          onClick={() => (page.value = name)}
        >
          {title}
        </button>
      ))}
    </div>
  )
}

/** Arrow keys move between tabs, as everywhere. */
function onKey(event: KeyboardEvent): void {
  const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
  if (step === 0) return
  const shown = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('[role=tab]')].filter(
    (tab) => tab.offsetParent !== null,
  )
  const at = shown.findIndex((tab) => tab.dataset['tab'] === page.value)
  const next = shown[(at + step + shown.length) % shown.length]
  if (next === undefined) return
  page.value = next.dataset['tab'] as Page
  next.focus()
}

import { effect, signal } from '@preact/signals'

const THEMES = ['auto', 'light', 'dark'] as const
type Theme = (typeof THEMES)[number]
const KEY = 'nuncio-playground-theme'

const theme = signal<Theme>(kept())

function kept(): Theme {
  try {
    return THEMES.find((each) => each === localStorage.getItem(KEY)) ?? 'auto'
  } catch {
    return 'auto'
  }
}

effect(() => {
  document.documentElement.dataset['theme'] = theme.value
  try {
    localStorage.setItem(KEY, theme.value)
  } catch {
    // Nothing is kept then.
  }
})

/** As the system has it, light, dark. */
export function ThemeButton() {
  const next = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length]!
  return (
    <button
      type="button"
      class="button quiet theme"
      aria-label={`Colours: ${theme.value}. Change to ${next}`}
      title={`Colours: ${theme.value}`}
      onClick={() => (theme.value = next)}
    >
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.5" />
        <path
          d={
            theme.value === 'light'
              ? ''
              : theme.value === 'dark'
                ? 'M8 2a6 6 0 0 0 0 12a6 6 0 0 0 0-12'
                : 'M8 2a6 6 0 0 0 0 12z'
          }
          fill="currentColor"
        />
      </svg>
    </button>
  )
}

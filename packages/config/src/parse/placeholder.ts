/** For `${PORT}` and the like, which other programs fill in. */
export const PLACEHOLDER_HINT = 'fill the file in before it is read, by envsubst for one'

/** Whether a text holds `${…}`, or `{{…}}`. */
export function isPlaceholder(text: string): boolean {
  return /\$\{|\{\{/.test(text)
}

const ESCAPED_SLASH = /%(?:2f|5c)/i
const ESCAPED_SLASHES = /%(?:2f|5c)/gi

/** Whether a path (no query) has an escaped slash or backslash. */
export function hasEscapedSlashes(path: string): boolean {
  return ESCAPED_SLASH.test(path)
}

/** Turns `%2F` and `%5C`, in any case, into `/` and `\`. */
export function unescapeSlashes(path: string): string {
  return path.replace(ESCAPED_SLASHES, (escape) => (escape[1] === '2' ? '/' : '\\'))
}

/** Leaves one of several slashes in a row; a path of nothing but slashes keeps two, as with Envoy. */
export function mergeSlashes(path: string): string {
  if (!path.includes('//')) return path
  const middle = path.split('/').filter((part) => part !== '')
  return `${path.startsWith('/') ? '/' : ''}${middle.join('/')}${path.endsWith('/') ? '/' : ''}`
}

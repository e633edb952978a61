import { queryParameter } from './query-parameter.ts'

/** Percent escapes as bytes; an escape that is none stays as it is. */
export function percentDecoded(text: string): string {
  return text.includes('%')
    ? text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
    : text
}

/** The first value of a query parameter, names and values decoded; undefined when it is absent. */
export function decodedQueryParameter(path: string, name: string): string | undefined {
  const mark = path.indexOf('?')
  if (mark < 0) return undefined
  // The usual case: no name is escaped, or the wanted one is found before any that is.
  if (!path.includes('%', mark)) return queryParameter(path, name)
  for (const part of path.slice(mark + 1).split('&')) {
    const equals = part.indexOf('=')
    if (percentDecoded(equals < 0 ? part : part.slice(0, equals)) === name)
      return equals < 0 ? '' : percentDecoded(part.slice(equals + 1))
  }
  return undefined
}

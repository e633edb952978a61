import type { ToolRequest } from './tool-request.ts'

/** A request in one line: `GET http://a.com/b -H 'x-a: 1'`, as `nuncio explain` takes it. */
export function requestText({ method = 'GET', url, headers = [], random, source }: ToolRequest): string {
  const words = [`${method} ${url}`, ...headers.map(([name, value]) => `-H ${shellQuoted(`${name}: ${value}`)}`)]
  if (random !== undefined && random !== 0) words.push(`--random ${random}`)
  if (source !== undefined) words.push(`--source ${source}`)
  return words.join(' ')
}

/** In quotes that a POSIX shell takes. */
function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

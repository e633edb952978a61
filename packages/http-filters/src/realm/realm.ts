import type { RequestHeaders } from '@nuncio/core'

/** Characters of a path that a realm tells; Envoy's limit. */
const LONGEST_PATH = 256

/** The URL that a client asked for, as the realm of a challenge; it may stand between quotes. */
export function realmOf(headers: RequestHeaders): string {
  const { method, scheme, authority } = headers
  if (method === 'CONNECT') return harmless(authority)
  const path = headers.get('x-envoy-original-path') ?? headers.path
  return harmless(`${scheme}://${authority}${path.slice(0, LONGEST_PATH)}`)
}

function harmless(text: string): string {
  return text.replaceAll(/["\\]/g, (char) => (char === '"' ? '%22' : '%5C'))
}

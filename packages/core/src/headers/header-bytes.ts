import type { HeaderMap } from './header-map.ts'

const REQUEST_PSEUDO = [':authority', ':path', ':method', ':scheme', ':protocol']
const RESPONSE_PSEUDO = [':status']

/** Names and values of a request's head without separators, as Envoy counts an uncompressed header block; 0 for none. */
export function requestHeaderBytes(headers: HeaderMap | undefined): number {
  return byteSize(headers, REQUEST_PSEUDO)
}

/** As `requestHeaderBytes`, for the head of a response, or for trailers. */
export function responseHeaderBytes(headers: HeaderMap | undefined): number {
  return byteSize(headers, RESPONSE_PSEUDO)
}

function byteSize(headers: HeaderMap | undefined, pseudo: readonly string[]): number {
  if (headers === undefined) return 0
  let bytes = 0
  for (const name of pseudo) {
    const value = headers.get(name)
    if (value !== undefined) bytes += name.length + value.length
  }
  headers.forEach((name, value) => {
    bytes += name.length + value.length
  })
  return bytes
}

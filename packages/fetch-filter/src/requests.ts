import type { RequestHeaders } from '@nuncio/core'
import { applyHeaders, headersOf } from './header-changes.ts'

/** A request as the handler sees it, and what it was, to tell what the handler changed. */
export interface ShownRequest {
  readonly request: Request
  readonly headers: Headers
  readonly body: ReadableStream<Uint8Array> | null
}

/** Methods that `Request` refuses. */
const UNSHOWABLE = new Set(['CONNECT', 'TRACE', 'TRACK'])

/** Whether a handler can be shown this request; what it cannot be shown it cannot guard. */
export function showable(headers: RequestHeaders): boolean {
  return !UNSHOWABLE.has(headers.method.toUpperCase()) && URL.canParse(urlOf(headers))
}

export function showRequest(
  headers: RequestHeaders,
  body: ReadableStream<Uint8Array> | undefined,
  signal: AbortSignal,
): ShownRequest {
  const shown = headersOf(headers)
  const bodied = headers.method !== 'GET' && headers.method !== 'HEAD'
  const request = new Request(urlOf(headers), {
    method: headers.method,
    headers: shown,
    signal,
    ...(body !== undefined && bodied && { body, duplex: 'half' as const }),
  })
  return { request, headers: new Headers(request.headers), body: request.body }
}

/** Brings the handler's changes to method, URL and headers into the request; says whether there were any. */
export function applyRequest(headers: RequestHeaders, shown: ShownRequest, changed: Request): boolean {
  let any = applyHeaders(headers, shown.headers, changed.headers)
  if (changed.method !== shown.request.method) {
    headers.method = changed.method
    any = true
  }
  // An unchanged URL leaves the path as it was written, which `URL` would have normalised.
  if (changed.url === shown.request.url) return any
  const { pathname, search, host } = new URL(changed.url)
  headers.path = pathname + search
  if (host !== new URL(shown.request.url).host) headers.authority = host
  return true
}

function urlOf({ scheme, authority, path }: RequestHeaders): string {
  return `${scheme === '' ? 'http' : scheme}://${authority}${path.startsWith('/') ? path : `/${path}`}`
}

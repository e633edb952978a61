import type { RequestHeaders } from '@nuncio/core'

/** The parts of a redirect action that make a URL; '' where the request's own part stays. */
export interface RedirectParts {
  readonly scheme: string
  readonly host: string
  /** With its colon. */
  readonly port: string
  readonly path: string
  readonly stripQuery: boolean
}

/** Changes nothing: the request's own URL. */
export const OWN_URL: RedirectParts = { scheme: '', host: '', port: '', path: '', stripQuery: false }

/** The URL to redirect to; `path` is the request's path with its query, rewritten when that is asked for. */
export function redirectUrl(parts: RedirectParts, headers: RequestHeaders, path: string): string {
  const scheme = parts.scheme === '' ? headers.scheme : parts.scheme
  const host = parts.host === '' ? keptHost(headers, scheme, parts.port) : parts.host
  const target = redirectPath(parts, path)
  return `${scheme}://${host}${parts.port}${target.startsWith('/') ? '' : '/'}${target}`
}

function redirectPath({ path, stripQuery }: RedirectParts, requested: string): string {
  // A query of its own wins, and is not stripped either.
  if (path.includes('?')) return path
  const mark = requested.indexOf('?')
  const query = mark < 0 || stripQuery ? '' : requested.slice(mark)
  return (path === '' ? (mark < 0 ? requested : requested.slice(0, mark)) : path) + query
}

/**
 * The request's host for a redirect. Its port goes when another is given, or when the scheme changes and it was the
 * default one of the scheme that the client used.
 */
function keptHost(headers: RequestHeaders, scheme: string, port: string): string {
  const host = headers.authority
  const from = host.startsWith('[') ? host.lastIndexOf(']:') + 1 : host.lastIndexOf(':')
  if (from < 0 || (from === 0 && host.startsWith('['))) return host
  const used = headers.get('x-forwarded-proto') ?? ''
  const own = host.slice(from)
  const isDefault = (used === 'https' && own === ':443') || (used === 'http' && own === ':80')
  return port !== '' || (scheme !== used && isDefault) ? host.slice(0, from) : host
}

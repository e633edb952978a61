import type { RequestHeaders } from '@nuncio/core'

const AUTHORITY = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#\s]+)/

/** `host` or `host:port` of an absolute URL, lower-case, default ports left out; '' when it is none. */
function hostAndPort(url: string): string {
  const authority = AUTHORITY.exec(url)?.[1]
  if (authority === undefined) return ''
  const host = authority.toLowerCase()
  // A name before `@` is no host; nobody honest sends one in Origin or Referer.
  if (host.includes('@')) return ''
  return withoutDefaultPort(host, url.slice(0, url.indexOf(':')).toLowerCase())
}

function withoutDefaultPort(host: string, scheme: string): string {
  const port = scheme === 'https' ? ':443' : scheme === 'http' ? ':80' : ''
  return port !== '' && host.endsWith(port) ? host.slice(0, -port.length) : host
}

/** Where a request comes from: its Origin, else its Referer; '' when neither says. */
export function sourceOrigin(headers: RequestHeaders): string {
  const origin = hostAndPort(headers.get('origin') ?? '')
  return origin === '' ? hostAndPort(headers.get('referer') ?? '') : origin
}

/** Where it goes: the host that it asks for. */
export function targetOrigin(headers: RequestHeaders): string {
  return withoutDefaultPort(headers.authority.toLowerCase(), headers.scheme)
}

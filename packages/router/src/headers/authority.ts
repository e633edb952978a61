import type { RequestHeaders } from '@nuncio/core'

/** Where a host's `:port` begins; -1 without one. Colons inside an IPv6 address are none. */
export function portStart(host: string): number {
  const colon = host.lastIndexOf(':')
  return colon > host.lastIndexOf(']') ? colon : -1
}

/**
 * Gives a request another host. The old one is kept in `x-envoy-original-host` (`keepOriginal`) and, when asked for,
 * appended to `x-forwarded-host` unless it is the last entry there already.
 */
export function rewriteAuthority(
  headers: RequestHeaders,
  host: string,
  appendXForwardedHost: boolean,
  keepOriginal: boolean,
): void {
  const old = headers.authority
  if (appendXForwardedHost && old !== '') {
    const list = headers.getJoined('x-forwarded-host') ?? ''
    if (list === '') headers.set('x-forwarded-host', old)
    else if (list.slice(list.lastIndexOf(',') + 1) !== old) headers.set('x-forwarded-host', `${list},${old}`)
  }
  if (keepOriginal) headers.set('x-envoy-original-host', old)
  headers.authority = host
}

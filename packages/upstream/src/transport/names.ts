import { isIP } from 'node:net'

/** A host name as SNI carries it: lower-case, no port, no trailing dot; '' for addresses, which SNI does not allow. */
export function sniOf(authority: string): string {
  const host = hostOf(authority)
  return isIP(host) === 0 ? host.toLowerCase().replace(/\.$/, '') : ''
}

/** The host part of an authority. */
export function hostOf(authority: string): string {
  if (authority.startsWith('[')) return authority.slice(1, Math.max(1, authority.indexOf(']')))
  const colon = authority.lastIndexOf(':')
  return colon < 0 ? authority : authority.slice(0, colon)
}

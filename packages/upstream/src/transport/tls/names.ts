import { isIP } from 'node:net'

/**
 * Whether a DNS name of a certificate covers a host name (RFC 6125 6.4): equal whatever the case, or a wildcard in the
 * whole of the first label, which stands for exactly one label.
 */
export function dnsNameCovers(pattern: string, host: string): boolean {
  const name = pattern.toLowerCase()
  const wanted = host.toLowerCase().replace(/\.$/, '')
  if (name === wanted) return true
  if (!name.startsWith('*.') || name.indexOf('*', 1) >= 0) return false
  const dot = wanted.indexOf('.')
  // A wildcard over a top-level domain covers nothing.
  return dot > 0 && name.indexOf('.', 2) > 0 && wanted.slice(dot) === name.slice(1)
}

/** A form of an IP address that is equal for equal addresses. */
export function canonicalIp(ip: string): string {
  if (isIP(ip) !== 6) return ip
  return new URL(`http://[${ip}]/`).hostname
}

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

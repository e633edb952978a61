import type { AlternativeName } from '../certificates/alternative-names.ts'
import { isIP } from 'node:net'

/** Whether a certificate with these names is for a host name or an address (which may stand in brackets no more). */
export function namesPeer(names: readonly AlternativeName[], wanted: string): boolean {
  if (isIP(wanted) !== 0) {
    const ip = canonicalIp(wanted)
    return names.some((name) => name.kind === 'IP_ADDRESS' && canonicalIp(name.value) === ip)
  }
  return names.some((name) => name.kind === 'DNS' && dnsNameMatches(wanted, name.value))
}

/**
 * Whether a name of a certificate stands for a host name, whatever the case (RFC 6125 section 6.4): `*.` stands for
 * exactly one label, and not for a top-level domain.
 */
export function dnsNameMatches(hostName: string, patternName: string): boolean {
  const host = hostName.toLowerCase().replace(/\.$/, '')
  const pattern = patternName.toLowerCase()
  if (host === pattern) return host !== ''
  if (!pattern.startsWith('*.') || pattern.includes('*', 1)) return false
  const dot = host.indexOf('.')
  return dot > 0 && host.slice(dot) === pattern.slice(1) && pattern.indexOf('.', 2) > 0
}

/** A form of an IP address that is equal for equal addresses. */
function canonicalIp(ip: string): string {
  return isIP(ip) === 6 ? new URL(`http://[${ip}]/`).hostname : ip
}

import { networkInterfaces } from 'node:os'

/** An address by which others may reach this machine: the first of that version of IP that is not loopback, if there is one. */
export function machineAddress(version: 4 | 6): string {
  const family = version === 4 ? 'IPv4' : 'IPv6'
  for (const addresses of Object.values(networkInterfaces()))
    for (const each of addresses ?? []) if (each.family === family && !each.internal) return each.address
  return version === 4 ? '127.0.0.1' : '::1'
}

import { networkInterfaces } from 'node:os'

/** An address by which others may reach this machine: the first IPv4 one that is not loopback, if there is one. */
export function machineAddress(): string {
  for (const addresses of Object.values(networkInterfaces()))
    for (const { address, family, internal } of addresses ?? []) if (family === 'IPv4' && !internal) return address
  return '127.0.0.1'
}

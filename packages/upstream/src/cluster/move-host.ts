import type { ClusterHost, HostRegistry, SocketTarget } from '@nuncio/cluster'
import { formatAddress } from '@nuncio/core'

type Movable = { -readonly [K in 'address' | 'ip' | 'port']: ClusterHost[K] }

/**
 * Gives a host another address without making another host of it, as logical DNS wants it: what is known of it stays,
 * its connections stay open, new ones go to the new address. False when it is no member, or the address is taken.
 */
export function moveHost(
  registry: HostRegistry,
  host: ClusterHost,
  to: SocketTarget,
  others: readonly SocketTarget[],
): boolean {
  if (registry.byAddress.get(host.address) !== host) return false
  const there = registry.byAddress.get(formatAddress({ address: to.ip, port: to.port }))
  if (there !== undefined && there !== host) return false
  registry.byAddress.delete(host.address)
  relocate(host, to, others)
  registry.byAddress.set(host.address, host)
  return true
}

/** As `moveHost`, for a host of no registry. */
export function relocate(host: ClusterHost, to: SocketTarget, others: readonly SocketTarget[]): void {
  const movable: Movable = host
  movable.ip = to.ip
  movable.port = to.port
  movable.address = formatAddress({ address: to.ip, port: to.port })
  host.additionalAddresses = others
}

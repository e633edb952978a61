import type { ClusterHost, HostDescription, HostRegistry } from '@nuncio/cluster'
import { formatAddress } from '@nuncio/core'

type Movable = { -readonly [K in 'address' | 'ip' | 'port']: ClusterHost[K] }

/**
 * Gives a host another address without making another host of it, as logical DNS wants it: what is known of it stays,
 * its connections stay open, new ones go to the new address. False when it is no member, or the address is taken.
 */
export function moveHost(registry: HostRegistry, host: ClusterHost, to: HostDescription): boolean {
  if (registry.byAddress.get(host.address) !== host) return false
  const address = formatAddress({ address: to.ip, port: to.port })
  const there = registry.byAddress.get(address)
  if (there !== undefined && there !== host) return false
  registry.byAddress.delete(host.address)
  const movable: Movable = host
  movable.ip = to.ip
  movable.port = to.port
  movable.address = address
  host.additionalAddresses = to.additionalAddresses ?? []
  if (host.healthCheckTarget !== undefined) host.healthCheckTarget = to.healthCheckTarget
  registry.byAddress.set(address, host)
  return true
}

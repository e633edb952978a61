import type { Message } from '@nuncio/config'
import type { Host } from '@nuncio/cluster'
import { isNamedAddress, type SocketAddress } from '@nuncio/core'
import type { UpstreamTransport } from '../transport.ts'

type HappyEyeballs = Message<'envoy.config.cluster.v3.UpstreamConnectionOptions.HappyEyeballsConfig'>

/** An IP address and port, or the path of a Unix socket (`@name` for an abstract one) with port 0. */
export interface DialAddress {
  readonly ip: string
  readonly port: number
}

/** What a host's connections go to: the proxy that it, or else the transport, names; without one its own addresses. */
export function dialAddresses(
  host: Pick<Host, 'ip' | 'port' | 'additionalAddresses' | 'proxyAddress'>,
  transport: UpstreamTransport,
  config?: HappyEyeballs,
): readonly DialAddress[] {
  const proxy = host.proxyAddress ?? transport.proxyAddress
  return proxy === undefined ? addressOrder(host, config) : [proxy]
}

/**
 * In which order the addresses of a host are tried (RFC 8305 4): one family and the other in turn, beginning with the
 * family of the first address unless configured, which may go first more than once.
 */
export function addressOrder(
  host: Pick<Host, 'ip' | 'port' | 'additionalAddresses'>,
  config?: HappyEyeballs,
): readonly DialAddress[] {
  if (host.additionalAddresses.length === 0) return [host]
  const all: readonly DialAddress[] = [host, ...host.additionalAddresses]
  const wanted = config?.first_address_family_version
  const firstIsV6 = wanted === 'V6' || (wanted !== 'V4' && isV6(all[0]!))
  const first = all.filter((address) => isV6(address) === firstIsV6)
  const second = all.filter((address) => isV6(address) !== firstIsV6)
  const ordered = first.splice(0, Math.max(1, config?.first_address_family_count ?? 1))
  while (first.length > 0 || second.length > 0) ordered.push(...second.splice(0, 1), ...first.splice(0, 1))
  return ordered
}

function isV6(address: DialAddress): boolean {
  return address.ip.includes(':') && !isNamedAddress(address.ip)
}

/** The address that was dialled, unless it is the host's own. */
export function elsewhere(host: Pick<Host, 'ip' | 'port'>, { ip, port }: DialAddress): SocketAddress | undefined {
  return ip === host.ip && port === host.port ? undefined : { address: ip, port }
}

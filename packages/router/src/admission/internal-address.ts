import type { Message } from '@nuncio/config'

type Config = Message<'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'>

/** Whether an address counts as internal. */
export type InternalAddress = (ip: string) => boolean

const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', 'fc00::/7', '::1/128']

/**
 * What `internal_address_config` makes of addresses. Unset: none is internal. Set but empty: private and loopback
 * ranges are. `contains` answers for a list of CIDR texts.
 */
export function internalAddresses(
  config: Config['internal_address_config'],
  contains: (ranges: readonly string[]) => InternalAddress,
): InternalAddress {
  if (config === undefined) return () => false
  const ranges = (config.cidr_ranges ?? []).map((range) => `${range.address_prefix ?? ''}/${range.prefix_len ?? 0}`)
  const inside = contains(ranges.length > 0 ? ranges : PRIVATE)
  return config.unix_sockets === true ? (ip) => ip.startsWith('/') || inside(ip) : inside
}

import type { Message } from '@nuncio/config'
import { cidrSet, compileCidrRanges, type ConfigPlace } from '@nuncio/matching'

type Config = Message<'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'>

/** Whether an address counts as internal. */
export type InternalAddress = (ip: string) => boolean

const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', 'fc00::/7', '::1/128']

/**
 * What `internal_address_config` makes of addresses. Unset: none is internal. Set but empty: private and loopback
 * ranges are. `place` is that of the connection manager.
 */
export function internalAddresses(config: Config['internal_address_config'], place: ConfigPlace): InternalAddress {
  if (config === undefined) return () => false
  const { cidr_ranges: ranges = [] } = config
  const own = compileCidrRanges(ranges, place.at('internal_address_config', config), 'cidr_ranges')
  const set = ranges.length > 0 ? own : cidrSet(...PRIVATE)
  return config.unix_sockets === true ? (ip) => ip.startsWith('/') || set.has(ip) : (ip) => set.has(ip)
}

import type { Message } from '@nuncio/config'
import { CidrSet } from '@nuncio/matching'
import type { PreparedRequest } from '../request/tool-request.ts'
import type { FilterChain, Listener } from '../view/managers.ts'

type Match = Message<'envoy.config.listener.v3.FilterChainMatch'>
type Ranges = readonly Message<'envoy.config.core.v3.CidrRange'>[]

/** What a filter chain match is asked about. */
interface Connection {
  readonly port: number
  readonly local: string
  readonly serverName: string
  readonly transport: 'tls' | 'raw_buffer'
  readonly source: string
}

/** How well a match fits in one respect: 0 when it asks for nothing, more the more it asks for, -1 when it does not fit. */
type Rank = (match: Match, connection: Connection) => number

// Envoy's order. Each step keeps the chains that fit best, and never goes back to one that was left behind.
const STEPS: readonly Rank[] = [
  ({ destination_port: port }, connection) => (port === undefined ? 0 : port === connection.port ? 1 : -1),
  ({ prefix_ranges: ranges }, { local }) => rankRanges(ranges, local),
  ({ server_names: names }, { serverName }) => rankNames(names, serverName),
  ({ transport_protocol: protocol = '' }, { transport }) => (protocol === '' ? 0 : protocol === transport ? 1 : -1),
  ({ application_protocols: protocols = [] }) =>
    protocols.length === 0 ? 0 : protocols.some((one) => /^(?:h2c?|http\/1\.[01])$/.test(one)) ? 1 : -1,
  ({ direct_source_prefix_ranges: ranges }, { source }) => rankRanges(ranges, source),
  ({ source_type: type = 'ANY' }, { source }) =>
    type === 'ANY' ? 0 : (type === 'SAME_IP_OR_LOOPBACK') === LOOPBACK.has(source) ? 1 : -1,
  ({ source_prefix_ranges: ranges }, { source }) => rankRanges(ranges, source),
  // The client's port is not known.
  ({ source_ports: ports = [] }) => (ports.length === 0 ? 0 : -1),
]

const LOOPBACK = new CidrSet()
LOOPBACK.add('127.0.0.0', 8)
LOOPBACK.add('::1', 128)

/** The filter chain that takes a connection for a request; undefined when there is none, and the connection is closed. */
export function chooseFilterChain(listener: Listener, request: PreparedRequest): FilterChain | undefined {
  const socket = listener.address?.socket_address
  const address = socket?.address ?? ''
  const connection: Connection = {
    port: socket?.port_value ?? 0,
    local: address === '' || address === '0.0.0.0' || address === '::' ? '127.0.0.1' : address,
    serverName: request.info.connection.serverName,
    transport: request.tls ? 'tls' : 'raw_buffer',
    source: request.info.connection.remote.address,
  }
  let chains = listener.filter_chains ?? []
  for (const rank of STEPS) {
    const ranks = chains.map((chain) => rank(chain.filter_chain_match ?? {}, connection))
    const best = Math.max(-1, ...ranks)
    chains = best < 0 ? [] : chains.filter((_, i) => ranks[i] === best)
  }
  return chains[0] ?? listener.default_filter_chain
}

function rankRanges(ranges: Ranges | undefined, address: string): number {
  if (ranges === undefined || ranges.length === 0) return 0
  let best = -1
  for (const { address_prefix: prefix = '', prefix_len: length = 0 } of ranges) {
    const set = new CidrSet()
    if (set.add(prefix, length) && set.has(address)) best = Math.max(best, length + 1)
  }
  return best
}

/** An exact name comes before wildcards, the longer wildcard before the shorter. */
function rankNames(names: readonly string[] | undefined, serverName: string): number {
  if (names === undefined || names.length === 0) return 0
  let best = -1
  for (const name of names) {
    const lower = name.toLowerCase()
    if (lower === serverName) return Number.MAX_SAFE_INTEGER
    if (lower.startsWith('*') && serverName.endsWith(lower.slice(1)) && serverName.length > lower.length - 1)
      best = Math.max(best, lower.length)
  }
  return best
}

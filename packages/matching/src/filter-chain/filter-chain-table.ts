import type { Message } from '@nuncio/config'
import type { SocketAddress } from '@nuncio/core'
import { CidrMap } from './cidr-map.ts'
import { isLoopback, isPath } from '../cidr/address.ts'
import type { Report } from '../place/finding.ts'

/** What a filter chain match may ask of a connection. */
export interface ConnectionFacts {
  readonly local: SocketAddress
  /** The peer, after PROXY protocol. */
  readonly remote: SocketAddress
  /** The peer of the socket itself. */
  readonly directRemote: SocketAddress
  /** Lower-case; '' = none. */
  readonly serverName: string
  /** `tls`, `raw_buffer`, or '' when no listener filter said. */
  readonly detectedTransportProtocol: string
  /** What the client offers (ALPN, or what http_inspector found), in its order. */
  readonly requestedApplicationProtocols: readonly string[]
}

export type FilterChainMatch = Message<'envoy.config.listener.v3.FilterChainMatch'>

/** A filter chain and the rules that lead to it. */
export interface FilterChainEntry<T> {
  readonly match: FilterChainMatch
  readonly chain: T
  /** For problems and explanations. */
  readonly name: string
  /** `….filter_chains[0]` */
  readonly path: string
  /** The chain as written, for the places of problems. */
  readonly node?: object
}

// One level of maps for each kind of rule, in Envoy's order. A level leads to the most specific entry that fits and
// never comes back to try a less specific one, so a connection can end up with no chain although an entry elsewhere
// would have fitted.
type Ports<T> = Map<number, CidrMap<Names<T>>>
type Names<T> = Map<string, Transports<T>>
type Transports<T> = Map<string, Alpns<T>>
type Alpns<T> = Map<string, CidrMap<SourceTypes<T>>>
type SourceTypes<T> = Map<SourceType, CidrMap<SourcePorts<T>>>
type SourcePorts<T> = Map<number, Leaf<T>>
type SourceType = 'ANY' | 'SAME_IP_OR_LOOPBACK' | 'EXTERNAL'

interface Leaf<T> {
  entry: FilterChainEntry<T> | undefined
}

const ANY_PORT = [0]
const ANY_TEXT = ['']
const ANY_RANGE = [undefined]

/** The rules of all filter chains of a listener, compiled. `find` is pure and allocates next to nothing. */
export class FilterChainTable<T> {
  readonly #ports: Ports<T> = new Map()
  readonly #fallback: T | undefined
  /** The only chain of a listener, when it takes every connection. */
  #only: T | undefined

  constructor(fallback: T | undefined) {
    this.#fallback = fallback
  }

  /** Adds a chain. Of two chains with an equal rule the first keeps it. */
  add(entry: FilterChainEntry<T>, tell: Report): void {
    const report: Say = (code, message, hint = '') => {
      tell({ code, path: `${entry.path}.filter_chain_match`, message, hint, node: entry.node })
    }
    this.#only = this.#ports.size === 0 && takesAll(entry.match) ? entry.chain : undefined
    for (const leaf of this.#leaves(entry.match, report)) {
      if (leaf.entry === undefined) leaf.entry = entry
      else if (leaf.entry === entry)
        report('filter-chain-match-repeated', `${entry.name} names the same rule twice`, 'Remove the repetition.')
      else {
        const message = `${entry.name} and ${leaf.entry.name} match the same connections`
        report('filter-chain-match-overlap', message, 'Make one of them more specific, or remove it.')
      }
    }
  }

  *#leaves(match: FilterChainMatch, report: Say): Generator<Leaf<T>> {
    const names = serverNames(match, report)
    const range = (map: CidrMap<unknown>, cidr: Cidr | undefined, make: () => unknown): unknown => {
      if (cidr === undefined) return map.obtainAny(make)
      const found = map.obtain(cidr.address_prefix ?? '', cidr.prefix_len ?? 0, make)
      if (found === undefined) report('malformed-address', `"${cidr.address_prefix}" is not an IP address`)
      return found
    }
    const port = match.destination_port ?? 0
    const byIp = obtain(this.#ports, port, () => new CidrMap<Names<T>>())
    for (const destination of orAny(match.prefix_ranges)) {
      const byName = range(byIp, destination, () => new Map()) as Names<T> | undefined
      if (byName === undefined) continue
      for (const name of names) {
        const byTransport = obtain(byName, name, () => new Map() as Transports<T>)
        const byAlpn = obtain(byTransport, match.transport_protocol ?? '', () => new Map() as Alpns<T>)
        for (const alpn of orEmpty(match.application_protocols)) {
          const byDirect = obtain(byAlpn, alpn, () => new CidrMap<SourceTypes<T>>())
          for (const direct of orAny(match.direct_source_prefix_ranges)) {
            const byType = range(byDirect, direct, () => new Map()) as SourceTypes<T> | undefined
            if (byType === undefined) continue
            const bySource = obtain(byType, match.source_type ?? 'ANY', () => new CidrMap<SourcePorts<T>>())
            for (const source of orAny(match.source_prefix_ranges)) {
              const byPort = range(bySource, source, () => new Map()) as SourcePorts<T> | undefined
              if (byPort === undefined) continue
              for (const sourcePort of match.source_ports?.length ? match.source_ports : ANY_PORT) {
                yield obtain(byPort, sourcePort, () => ({ entry: undefined }))
              }
            }
          }
        }
      }
    }
  }

  /**
   * The chain for a connection, the default chain, or undefined: close it and count `no_filter_chain_match`. With
   * `steps` the way there is written down, one line for each rule that was asked.
   */
  find(facts: ConnectionFacts, steps?: string[]): T | undefined {
    if (this.#only !== undefined && steps === undefined) return this.#only
    const leaf = this.#walk(facts, steps)
    if (leaf?.entry !== undefined) {
      steps?.push(`filter chain: ${leaf.entry.name}`)
      return leaf.entry.chain
    }
    steps?.push(this.#fallback === undefined ? 'no filter chain: the connection is closed' : 'the default filter chain')
    return this.#fallback
  }

  #walk(facts: ConnectionFacts, steps: string[] | undefined): Leaf<T> | undefined {
    const byIp = this.#ports.get(facts.local.port) ?? this.#ports.get(0)
    note(steps, 'destination port', this.#ports.has(facts.local.port) ? facts.local.port : 0, byIp)
    const byName = byIp?.find(facts.local.address)
    if (byIp?.isTrivial === false) note(steps, 'destination IP', facts.local.address, byName)
    if (byName === undefined) return undefined
    const byTransport = findServerName(byName, facts.serverName, steps)
    if (byTransport === undefined) return undefined
    const byAlpn = byTransport.get(facts.detectedTransportProtocol) ?? byTransport.get('')
    note(
      steps,
      'transport protocol',
      byTransport.has(facts.detectedTransportProtocol) ? facts.detectedTransportProtocol : '',
      byAlpn,
    )
    if (byAlpn === undefined) return undefined
    const byDirect = findAlpn(byAlpn, facts.requestedApplicationProtocols, steps)
    const byType = byDirect?.find(facts.directRemote.address)
    if (byDirect?.isTrivial === false) note(steps, 'direct source IP', facts.directRemote.address, byType)
    if (byType === undefined) return undefined
    const bySource = findSourceType(byType, facts, steps)
    const byPort = bySource?.find(facts.remote.address)
    if (bySource?.isTrivial === false) note(steps, 'source IP', facts.remote.address, byPort)
    if (byPort === undefined) return undefined
    const leaf = byPort.get(facts.remote.port) ?? byPort.get(0)
    note(steps, 'source port', byPort.has(facts.remote.port) ? facts.remote.port : 0, leaf)
    return leaf
  }
}

/** Exact name first, then `*.` wildcards from the longest, then chains that name none. */
function findServerName<V>(names: Map<string, V>, serverName: string, steps: string[] | undefined): V | undefined {
  let key = serverName
  let found = serverName === '' ? undefined : names.get(serverName)
  for (let dot = serverName.indexOf('.', 1); found === undefined && dot > 0 && dot < serverName.length - 1;) {
    found = names.get((key = serverName.slice(dot)))
    dot = serverName.indexOf('.', dot + 1)
  }
  if (found === undefined) found = names.get((key = ''))
  note(steps, 'server name', key.startsWith('.') ? `*${key}` : key, found)
  return found
}

function findAlpn<V>(alpns: Map<string, V>, offered: readonly string[], steps: string[] | undefined): V | undefined {
  for (const protocol of offered) {
    const found = alpns.get(protocol)
    if (found === undefined) continue
    note(steps, 'application protocol', protocol, found)
    return found
  }
  const any = alpns.get('')
  note(steps, 'application protocol', '', any)
  return any
}

function findSourceType<V>(
  types: Map<SourceType, V>,
  facts: ConnectionFacts,
  steps: string[] | undefined,
): V | undefined {
  // Only worth asking when a rule asks it.
  if (!types.has('EXTERNAL') && !types.has('SAME_IP_OR_LOOPBACK')) return types.get('ANY')
  const type = isLocalSource(facts) ? 'SAME_IP_OR_LOOPBACK' : 'EXTERNAL'
  const found = types.get(type) ?? types.get('ANY')
  note(steps, 'source type', types.has(type) ? type : '', found)
  return found
}

/** Envoy's "same IP or loopback": from 127.0.0.1 or ::1, from the address connected to, or over a Unix socket. */
export function isLocalSource(facts: Pick<ConnectionFacts, 'local' | 'remote'>): boolean {
  const { address } = facts.remote
  return isLoopback(address) || address === facts.local.address || isPath(address)
}

type Say = (code: string, message: string, hint?: string) => void
type Cidr = Message<'envoy.config.core.v3.CidrRange'>

function serverNames(match: FilterChainMatch, report: Say): string[] {
  const out: string[] = []
  for (const written of match.server_names ?? []) {
    const name = written.toLowerCase()
    const plain = name.startsWith('*.') ? name.slice(1) : name
    if (plain.includes('*')) {
      const hint = 'Write a whole name, "*." and a suffix, or leave server_names out to match any name.'
      report('partial-wildcard', `"${written}" has a wildcard that is not its whole first label`, hint)
    } else out.push(plain)
  }
  return match.server_names?.length ? out : ANY_TEXT
}

function takesAll(match: FilterChainMatch): boolean {
  const { destination_port, transport_protocol, source_type, ...lists } = match
  const set = destination_port || transport_protocol || (source_type ?? 'ANY') !== 'ANY'
  return !set && Object.values(lists).every((list) => !Array.isArray(list) || list.length === 0)
}

function obtain<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key)
  if (value === undefined) map.set(key, (value = make()))
  return value
}

function orAny(ranges: readonly Cidr[] | undefined): readonly (Cidr | undefined)[] {
  return ranges?.length ? ranges : ANY_RANGE
}

function orEmpty(texts: readonly string[] | undefined): readonly string[] {
  return texts?.length ? texts : ANY_TEXT
}

function note(steps: string[] | undefined, rule: string, value: string | number, found: unknown): void {
  if (steps === undefined) return
  const any = value === '' || value === 0
  steps.push(found === undefined ? `${rule}: no rule fits` : `${rule}: ${any ? 'any' : value}`)
}

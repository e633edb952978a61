import {
  type CircuitBreaker,
  type Connector,
  type DecidedCluster,
  type Host,
  type LoadBalancerContext,
  type PoolContext,
  type RoutingPriority,
  StreamPool,
  type TcpPool,
  type UpstreamCallbacks,
  type UpstreamPool,
} from '@nuncio/cluster'
import { HttpConnector, type HttpConnectorContext } from '../pool/http-connector.ts'
import { SocketPool, SocketPoolView } from '../pool/tcp-pool.ts'
import { requestOptions } from '../transport/request-options.ts'
import type { TransportChoice } from '../transport/transport-choice.ts'
import { RequestFact, type UpstreamTransport } from '../transport/transport.ts'

/** What all pools of a cluster share. */
export interface ClusterPoolsContext {
  readonly info: DecidedCluster
  readonly breakers: readonly [CircuitBreaker, CircuitBreaker]
  readonly pool: PoolContext
  readonly connector: HttpConnectorContext
  readonly transports: TransportChoice
  readonly isMember: (host: Host) => boolean
}

type Kind = 'http1' | 'http2' | 'auto'

/** The pools of one host. Plain clusters have one for each priority and protocol; others one for each kind of request. */
interface HostEntry {
  readonly host: Host
  readonly transport: UpstreamTransport
  /** Bits of `RequestFact` that keep connections apart. */
  readonly facts: number
  /** By priority × 2 + 1 for HTTP/2. */
  readonly plain: (StreamPool | undefined)[]
  keyed: Map<string, StreamPool> | undefined
  /** By priority. */
  readonly raw: (SocketPool | undefined)[]
}

/** All connection pools of one cluster, made when first asked for. */
export class ClusterPools {
  readonly #context: ClusterPoolsContext
  readonly #hosts = new Map<Host, HostEntry>()
  readonly #connectors = new Map<string, Connector>()
  /** Of hosts that left, until their last stream is over. */
  readonly #leaving = new Set<StreamPool>()
  readonly #leavingRaw = new Set<SocketPool>()
  readonly #kind: Kind | 'downstream'
  readonly #header: string
  #closed = false

  constructor(context: ClusterPoolsContext) {
    const { info } = context
    this.#context = context
    this.#kind = info.upstreamProtocol
    this.#header = (info.upstreamHttp.override_auto_sni_header ?? '').toLowerCase()
  }

  /** Data side: allocates only when a pool has to be made. */
  http(
    host: Host,
    priority: RoutingPriority,
    downstream: string,
    context: LoadBalancerContext | undefined,
  ): UpstreamPool {
    const entry = this.#hosts.get(host) ?? this.#enter(host)
    const kind = this.#kind === 'downstream' ? (downstream === 'HTTP/2' ? 'http2' : 'http1') : this.#kind
    if (entry.facts !== 0) return this.#keyed(entry, priority, kind, context)
    const index = kind === 'http2' ? priority * 2 + 1 : priority * 2
    return entry.plain[index] ?? this.#plain(entry, priority, kind, index)
  }

  raw(host: Host, priority: RoutingPriority, context: LoadBalancerContext | undefined): TcpPool {
    const entry = this.#hosts.get(host) ?? this.#enter(host)
    const options = requestOptions(context, entry.facts & ~RequestFact.downstreamConnection, this.#header)
    const pool = (entry.raw[priority] ??= this.#raw(entry, priority))
    return options === undefined ? pool : new SocketPoolView(pool, options)
  }

  #raw({ host, transport }: HostEntry, priority: RoutingPriority): SocketPool {
    const { pool: context, connector, breakers } = this.#context
    return new SocketPool(host, { context, dial: connector.dial, breaker: breakers[priority], transport })
  }

  /** Whether anything was ever sent to this host that is still open or pooled. */
  has(host: Host): boolean {
    return this.#hosts.has(host)
  }

  /** The host left: what runs may end, nothing is kept. */
  leave(host: Host): void {
    const entry = this.#hosts.get(host)
    if (entry === undefined) return
    this.#hosts.delete(host)
    for (const pool of pools(entry)) {
      this.#leaving.add(pool)
      pool.retire()
    }
    for (const pool of entry.raw) if (pool !== undefined) this.#leavingRaw.add(pool)
  }

  /** Connections to a host take no new requests; `close` ends them at once. */
  drain(host: Host, close: boolean): void {
    const entry = this.#hosts.get(host)
    if (entry === undefined) return
    for (const pool of pools(entry)) {
      if (close) pool.closeConnections()
      else pool.drainConnections()
    }
    if (close) for (const pool of entry.raw) if (pool !== undefined) pool.close()
  }

  drainAll(): void {
    for (const host of this.#hosts.keys()) this.drain(host, false)
  }

  /** No host is a member any more: what runs may end. */
  retire(): void {
    for (const host of this.#hosts.keys()) this.leave(host)
  }

  /** Whether nothing is open any more; for those that were retired. */
  get drained(): boolean {
    for (const pool of this.#leavingRaw) if (pool.connections.size === 0) this.#leavingRaw.delete(pool)
    return this.#leaving.size === 0 && this.#leavingRaw.size === 0
  }

  /** Ends everything at once. */
  close(): void {
    this.#closed = true
    this.retire()
    for (const pool of this.#leaving) pool.close()
    for (const pool of this.#leavingRaw) pool.close()
    this.#leaving.clear()
    this.#leavingRaw.clear()
  }

  /** Brings byte counters up to date with what is under way. */
  countBytes(): void {
    for (const entry of this.#hosts.values()) {
      for (const pool of pools(entry)) pool.countBytes()
      for (const pool of entry.raw) if (pool !== undefined) pool.countBytes()
    }
    for (const pool of this.#leaving) pool.countBytes()
    for (const pool of this.#leavingRaw) pool.countBytes()
  }

  #enter(host: Host): HostEntry {
    const transport = this.#context.transports.choose(host)
    const perConnection = this.#context.info.config.connection_pool_per_downstream_connection === true
    const facts = transport.requestFacts | (perConnection ? RequestFact.downstreamConnection : 0)
    const entry: HostEntry = { host, transport, facts, plain: [], keyed: undefined, raw: [undefined, undefined] }
    // A request may still hold a host that left: it gets its connection, and nothing is kept for another.
    if (!this.#closed && this.#context.isMember(host)) this.#hosts.set(host, entry)
    return entry
  }

  #plain(entry: HostEntry, priority: RoutingPriority, kind: Kind, index: number): UpstreamPool {
    const breaker = this.#context.breakers[priority]
    if (!this.#mayPool(breaker)) return this.#refusal(entry.host)
    const connector = this.#connector(entry.transport, kind)
    const pool = new StreamPool(this.#context.pool, entry.host, {
      breaker,
      connector,
      onEmpty: (empty) => this.#empty(empty, breaker),
    })
    entry.plain[index] = pool
    return this.#made(entry, pool, breaker)
  }

  #keyed(
    entry: HostEntry,
    priority: RoutingPriority,
    kind: Kind,
    context: LoadBalancerContext | undefined,
  ): UpstreamPool {
    const options = requestOptions(context, entry.facts, this.#header)
    const key = `${priority} ${kind} ${options?.key ?? ''}`
    entry.keyed ??= new Map()
    const found = entry.keyed.get(key)
    if (found !== undefined) return found
    const breaker = this.#context.breakers[priority]
    if (!this.#mayPool(breaker)) return this.#refusal(entry.host)
    const connector = this.#connector(entry.transport, kind)
    const pool = new StreamPool(this.#context.pool, entry.host, {
      breaker,
      connector,
      options,
      onEmpty: (empty) => {
        // Such pools are as many as there are names or clients: one without connections is not kept.
        if (entry.keyed?.get(key) === empty && this.#hosts.get(entry.host) === entry) {
          entry.keyed.delete(key)
          breaker.pools--
        }
        this.#empty(empty, breaker)
      },
    })
    entry.keyed.set(key, pool)
    return this.#made(entry, pool, breaker)
  }

  #made(entry: HostEntry, pool: StreamPool, breaker: CircuitBreaker): UpstreamPool {
    breaker.pools++
    if (this.#hosts.get(entry.host) === entry) return pool
    this.#leaving.add(pool)
    pool.keepNothing()
    return pool
  }

  #empty(pool: StreamPool, breaker: CircuitBreaker): void {
    if (this.#leaving.delete(pool)) breaker.pools--
  }

  #connector(transport: UpstreamTransport, kind: Kind): Connector {
    const { connector: shared, transports } = this.#context
    const key = `${transports.numberOf(transport)} ${kind}`
    let connector = this.#connectors.get(key)
    if (connector === undefined) this.#connectors.set(key, (connector = new HttpConnector(shared, kind, transport)))
    return connector
  }

  /** Whether another pool may be made; an idle one makes room for it. */
  #mayPool(breaker: CircuitBreaker): boolean {
    if (breaker.mayPool()) return true
    for (const entry of this.#hosts.values()) {
      for (const [index, pool] of entry.plain.entries()) {
        if (pool === undefined || !pool.idle || pool.breaker !== breaker) continue
        entry.plain[index] = undefined
        pool.close()
        breaker.pools--
        return true
      }
      for (const [key, pool] of entry.keyed ?? []) {
        if (!pool.idle || pool.breaker !== breaker) continue
        entry.keyed!.delete(key)
        pool.close()
        breaker.pools--
        return true
      }
    }
    return false
  }

  /** Stands in for a pool that may not be made. */
  #refusal(host: Host): UpstreamPool {
    return {
      newStream: (callbacks: UpstreamCallbacks) => {
        this.#context.pool.stats.cluster.cxPoolOverflow.inc()
        callbacks.onPoolFailure('overflow', host, '')
        return undefined
      },
    }
  }
}

function* pools(entry: HostEntry): Generator<StreamPool> {
  for (const pool of entry.plain) if (pool !== undefined) yield pool
  yield* entry.keyed?.values() ?? []
}

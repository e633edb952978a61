import type { LoadShedPoint, RandomGenerator, TimeSource, TimerWheel } from '@nuncio/core'
import type { CircuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import type { DecidedCluster } from '../contracts/cluster-info.ts'
import type { PendingStream, PoolFailure, UpstreamCallbacks, UpstreamPool } from '../contracts/cluster.ts'
import type { Host } from '../contracts/host.ts'
import type { Connector, DialFailure, StreamConnection, TransportOptions } from './connector.ts'
import { PendingList, PendingRequest } from './pending-list.ts'
import { LifetimeDeadline, PoolConnection } from './pool-connection.ts'
import { PoolCounts } from './pool-counts.ts'
import type { PoolStats } from './pool-stats.ts'
import { ReadyConnections } from './ready-connections.ts'

/** What all pools of a cluster share. */
export interface PoolContext {
  readonly info: DecidedCluster
  readonly stats: PoolStats
  readonly time: TimeSource
  readonly wheel: TimerWheel
  readonly random: RandomGenerator
  /** A number for each connection, unique in the process. */
  readonly nextConnectionId: () => number
  /** `connection_pool_new_connection`: whether a new connection is to be refused. */
  readonly newConnection?: LoadShedPoint | undefined
}

/** More requests than a connection ever carries; an integer that costs no memory, as Infinity would each time. */
const UNLIMITED = 2 ** 31 - 1
/** Connections that one call may open: a burst fills a pool over several requests rather than at once. */
const MOST_AT_ONCE = 3

/**
 * Connections to one host for one routing priority, in one protocol. HTTP/1 connections carry one request at a time,
 * HTTP/2 connections many; both are handed out last in, first out, so that those that are not needed fall idle.
 */
export class StreamPool implements UpstreamPool {
  readonly host: Host
  readonly stats: PoolStats
  /** All of them, whatever their state. */
  readonly connections = new Set<PoolConnection>()
  readonly #context: PoolContext
  readonly #info: DecidedCluster
  readonly breaker: CircuitBreaker
  readonly #connector: Connector
  readonly #options: TransportOptions | undefined
  /** Told when the pool has neither connections nor waiting requests left. */
  readonly #onEmpty: (pool: StreamPool) => void
  readonly #ready: ReadyConnections
  readonly #counts: PoolCounts
  #pending = new PendingList()
  #closing = false
  readonly #cancel = (request: PendingRequest): void => {
    request.list!.remove(request)
    this.#counts.pendingEnds()
    this.stats.cluster.rqCancelled.inc()
    if (this.#closing) this.drainConnections()
    this.#checkEmpty()
  }

  constructor(
    context: PoolContext,
    host: Host,
    parts: {
      readonly breaker: CircuitBreaker
      readonly connector: Connector
      readonly options?: TransportOptions | undefined
      readonly onEmpty?: (pool: StreamPool) => void
    },
  ) {
    this.host = host
    this.stats = context.stats
    this.#context = context
    this.#info = context.info
    this.breaker = parts.breaker
    this.#ready = new ReadyConnections(context.stats)
    this.#counts = new PoolCounts(host, context.stats, parts.breaker)
    this.#connector = parts.connector
    this.#options = parts.options
    this.#onEmpty = parts.onEmpty ?? (() => {})
  }

  get pending(): number {
    return this.#pending.size
  }
  get streams(): number {
    return this.#counts.streams
  }
  /** Whether nothing is under way: it may be thrown away to make room for another pool. */
  get idle(): boolean {
    return this.streams === 0 && this.#pending.size === 0
  }

  newStream(callbacks: UpstreamCallbacks): PendingStream | undefined {
    const ready = this.#usable()
    if (ready === undefined) return this.#queue(callbacks)
    this.#attach(ready, callbacks)
    if (this.#info.perConnectionPreconnectRatio > 1) this.#openConnections()
    return undefined
  }

  /**
   * Opens a connection for a request that is expected here next, as far as `ratio` times what runs and waits on this host
   * allows; says whether it did.
   */
  preconnect(ratio: number): boolean {
    if (this.#closing || this.host.health !== 'healthy') return false
    const { capacity } = this.#ready
    const expected = this.#pending.size + this.streams + 1
    return expected * ratio > capacity + this.streams && this.#openOne()
  }

  /** Connections take no new streams and close after those they have; new requests get new connections. */
  drainConnections(): void {
    for (const connection of this.connections) {
      if (connection.state !== 'connecting') this.drain(connection)
      else if (this.#pending.size === 0) this.#giveUp(connection)
    }
  }

  /** As `drainConnections`; the pool is told empty when the last stream is over, and keeps no connection from now on. */
  retire(): void {
    this.#closing = true
    this.drainConnections()
    this.#checkEmpty()
  }

  /** No connection is kept once its streams are over; those who ask for one get one. */
  keepNothing(): void {
    this.#closing = true
  }

  /** Ends all connections at once; streams on them are reset, requests that wait get new ones. */
  closeConnections(): void {
    for (const connection of this.connections) connection.connection?.destroy()
  }

  /** Closes everything at once: streams are reset, waiting requests fail. */
  close(): void {
    this.#closing = true
    for (const connection of this.connections) {
      if (connection.state === 'connecting') this.#giveUp(connection)
      else connection.connection?.destroy()
    }
    this.#purge('local connection failure', '')
    this.#checkEmpty()
  }

  /** Brings the byte counters up to date with streams that are still under way. */
  countBytes(): void {
    for (const connection of this.connections) this.#counts.wire(connection)
  }

  // ── requests ──

  #queue(callbacks: UpstreamCallbacks): PendingStream | undefined {
    const { cluster } = this.stats
    if (!this.breaker.mayQueue()) {
      cluster.rqPendingOverflow.inc()
      callbacks.onPoolFailure('overflow', undefined, '')
      return undefined
    }
    if (this.#wantsConnection() && this.#context.newConnection?.sheds() === true) {
      callbacks.onPoolFailure('overflow', this.host, 'overload')
      return undefined
    }
    const request = new PendingRequest(callbacks, this.#cancel)
    this.#pending.push(request)
    this.#counts.pendingBegins()
    this.#openConnections()
    // Connecting may fail at once, and a fake may succeed at once: then the answer was given.
    return request.list === undefined ? undefined : request
  }

  #attach(connection: PoolConnection, callbacks: UpstreamCallbacks): void {
    const breaker = this.breaker
    if (breaker.requests >= breaker.limits.maxRequests) {
      this.stats.rqActiveOverflow.inc()
      callbacks.onPoolFailure('overflow', this.host, '')
      return
    }
    connection.streams++
    connection.streamsBefore++
    this.#ready.makeRoom(-1)
    if (--connection.remaining === 0) {
      this.stats.cluster.cxMaxRequests.inc()
      this.#ready.leave(connection, 'draining')
    } else if (connection.streams >= connection.maxStreams) {
      this.#ready.leave(connection, 'busy')
    }
    this.#counts.streamBegins()
    callbacks.onPoolReady(connection.connection!.openStream(callbacks), this.host, connection)
  }

  /** Hands waiting requests, oldest first, to connections with room. */
  #serve(): void {
    while (this.#pending.size > 0) {
      const ready = this.#usable()
      if (ready === undefined) return
      const { callbacks } = this.#pending.shift()!
      this.#counts.pendingEnds()
      this.#attach(ready, callbacks)
    }
  }

  /** A connection with room; those that died unnoticed in this very turn of the event loop are taken out. */
  #usable(): PoolConnection | undefined {
    let ready = this.#ready.top
    while (ready !== undefined && !ready.connection!.usable) {
      this.onClosed(ready, 'remote')
      ready = this.#ready.top
    }
    return ready
  }

  /** Fails every request that waits now; one that a callback adds waits for another connection. */
  #purge(reason: PoolFailure, details: string): void {
    const purged = this.#pending
    this.#pending = new PendingList()
    for (let request = purged.shift(); request !== undefined; request = purged.shift()) {
      this.#counts.pendingEnds()
      this.stats.cluster.rqPendingFailureEject.inc()
      request.callbacks.onPoolFailure(reason, this.host, details)
    }
  }

  // ── opening connections ──

  #openConnections(): void {
    for (let i = 0; i < MOST_AT_ONCE; i++) {
      if (!this.#shouldOpen() || !this.#openOne()) return
    }
  }

  /** Whether one more request would have to wait for a connection that is not being opened yet. */
  #wantsConnection(): boolean {
    return this.#pending.size >= this.#ready.capacity
  }

  #shouldOpen(): boolean {
    if (this.#pending.size === 0 && this.#closing) return false
    // An unhealthy host is given no work beyond what waits for it.
    const ratio = this.host.health === 'healthy' ? this.#info.perConnectionPreconnectRatio : 1
    return (this.#pending.size + this.streams) * ratio > this.#ready.capacity + this.streams
  }

  /** Says whether the circuit breaker would let one more be opened. */
  #openOne(): boolean {
    const may = this.breaker.mayConnect() && this.host.stats.cxActive < this.#info.maxConnectionsPerHost
    if (!may) this.stats.cluster.cxOverflow.inc()
    // A host without any connection may always open one: what waits for it could never be served.
    if (!may && this.connections.size > 0) return false
    const { wheel, time } = this.#context
    const now = time.monotonicMs()
    const remaining = this.#info.maxRequestsPerConnection || UNLIMITED
    const expected = Math.min(this.#connector.expectedStreams, remaining)
    const connection = new PoolConnection(this, this.#context.nextConnectionId(), now, expected, remaining)
    this.connections.add(connection)
    this.#ready.makeRoom(expected)
    this.#counts.connectionBegins()
    if (this.#connector.protocol !== undefined) this.#counts.speaks(this.#connector.protocol)
    wheel.arm(connection, now + this.#info.connectTimeoutMs)
    const connecting = this.#connector.connect(this.host, this.#options, connection)
    if (connection.state === 'connecting') connection.connecting = connecting
    return may
  }

  onConnected(connection: PoolConnection, stream: StreamConnection): void {
    const { wheel, time } = this.#context
    const now = time.monotonicMs()
    wheel.cancel(connection)
    this.#leaveConnecting(connection)
    this.stats.cluster.cxConnectMs.record(Math.round(now - connection.startedMs))
    connection.connection = stream
    connection.protocol = stream.protocol
    connection.local = stream.local
    connection.remote = stream.remote
    connection.tls = stream.tls
    if (stream.tls !== undefined) connection.handshakeEndMs = now
    connection.maxStreams = stream.maxStreams
    if (this.#connector.protocol === undefined) this.#counts.speaks(stream.protocol)
    const { maxConnectionDurationMs: longestMs, maxConnectionDurationJitter: jitter } = this.#info
    if (longestMs > 0) {
      connection.lifetime = new LifetimeDeadline(connection)
      const more = jitter === 0 ? 0 : (jitter * this.#context.random.uint32()) / 2 ** 32
      wheel.arm(connection.lifetime, now + longestMs * (1 + more))
    }
    this.#ready.enter(connection)
    this.#serve()
    if (connection.streams === 0) this.#rest(connection)
    // The handshake may have agreed on a protocol that carries less than was hoped for.
    if (this.#pending.size > 0) this.#openConnections()
  }

  onConnectTimeout(connection: PoolConnection): void {
    connection.connecting?.cancel()
    this.stats.cluster.cxConnectTimeout.inc()
    this.onConnectFailed(connection, 'connection timeout', { side: 'local', details: '' })
  }

  onConnectFailed(connection: PoolConnection, reason: PoolFailure, failure: DialFailure): void {
    this.#context.wheel.cancel(connection)
    this.#leaveConnecting(connection)
    this.#counts.connectFails()
    this.#destroyed(connection, failure.side)
    this.#purge(reason, failure.details)
    if (!this.#closing || this.#pending.size > 0) this.#openConnections()
    this.#checkEmpty()
  }

  /** Ends an attempt that nobody waits for. */
  #giveUp(connection: PoolConnection): void {
    connection.connecting?.cancel()
    this.#context.wheel.cancel(connection)
    this.#leaveConnecting(connection)
    this.#counts.connectFails()
    this.#destroyed(connection, 'local')
    this.#checkEmpty()
  }

  #leaveConnecting(connection: PoolConnection): void {
    this.#ready.makeRoom(-connection.maxStreams)
    connection.connecting = undefined
  }

  // ── life of a connection ──

  onStreamEnd(connection: PoolConnection): void {
    connection.streams--
    this.#counts.streamsEnd(1)
    this.#counts.bytes(connection)
    if (connection.state === 'draining') {
      if (connection.streams === 0) this.#closeEmpty(connection)
      return
    }
    if (connection.state === 'busy') {
      if (connection.streams < connection.maxStreams) {
        this.#ready.enter(connection)
        if (this.#pending.size > 0) this.#serve()
        if (this.#pending.size > 0) this.#openConnections()
      }
    } else {
      this.#ready.makeRoom(1)
    }
    if (connection.streams === 0) this.#rest(connection)
  }

  onMaxStreams(connection: PoolConnection, streams: number): void {
    // It would be kept busy without a stream, and what never ends never closes.
    if (streams === 0) connection.onGoodbye()
    if (connection.state === 'ready') this.#ready.makeRoom(Math.max(0, streams - connection.streams) - connection.room)
    connection.maxStreams = streams
    if (connection.state === 'ready' && connection.room <= 0) this.#ready.leave(connection, 'busy')
    else if (connection.state === 'busy' && connection.room > 0) this.#ready.enter(connection)
    if (this.#pending.size > 0) {
      this.#serve()
      this.#openConnections()
    }
  }

  /** No new streams; closes when there are none. */
  drain(connection: PoolConnection): void {
    if (connection.state === 'closed' || connection.state === 'connecting') return
    if (connection.state === 'ready') this.#ready.leave(connection, 'draining')
    connection.state = 'draining'
    if (connection.streams === 0) this.#closeEmpty(connection)
  }

  /** What was written last may wait for a host that does not read: it has as long as a connection may be idle. */
  #closeEmpty(connection: PoolConnection): void {
    connection.connection!.close()
    const { idleTimeoutMs } = this.#info
    if (connection.state === 'closed' || idleTimeoutMs === 0) return
    this.#context.wheel.arm(connection, this.#context.time.monotonicMs() + idleTimeoutMs)
  }

  onIdleDeadline(connection: PoolConnection, nowMs: number): void {
    if (connection.state === 'draining' && connection.streams === 0) return connection.connection!.destroy()
    if (connection.state !== 'ready' || connection.streams > 0) return
    const dueMs = connection.idleSinceMs + this.#info.idleTimeoutMs
    if (nowMs < dueMs) return this.#context.wheel.arm(connection, dueMs)
    this.stats.cluster.cxIdleTimeout.inc()
    this.drain(connection)
  }

  onLifetimeOver(connection: PoolConnection): void {
    this.stats.cluster.cxMaxDuration.inc()
    this.drain(connection)
  }

  onClosed(connection: PoolConnection, by: 'local' | 'remote', reset = false): void {
    if (connection.state === 'closed') return
    const { wheel } = this.#context
    if (connection.state === 'ready') this.#ready.leave(connection, 'closed')
    wheel.cancel(connection)
    if (connection.lifetime !== undefined) wheel.cancel(connection.lifetime)
    this.#counts.connectionBreaks(connection, by, reset)
    connection.streams = 0
    this.#destroyed(connection, by)
    if (this.#pending.size > 0) this.#openConnections()
    this.#checkEmpty()
  }

  #destroyed(connection: PoolConnection, by: 'local' | 'remote'): void {
    connection.state = 'closed'
    this.connections.delete(connection)
    this.#counts.connectionEnds(connection, by, this.#context.time.monotonicMs())
  }

  #rest(connection: PoolConnection): void {
    if (this.#closing) this.drain(connection)
    else this.#fallIdle(connection)
  }

  /**
   * The idle timeout runs from here. A connection in use leaves its deadline where it is: the wheel looks at it once
   * in a while rather than moving it twice a request.
   */
  #fallIdle(connection: PoolConnection): void {
    const { idleTimeoutMs } = this.#info
    // One that has turned out to be dead when it was handed out is out of the pool already.
    if (idleTimeoutMs === 0 || connection.state !== 'ready') return
    const now = this.#context.time.monotonicMs()
    connection.idleSinceMs = now
    if (connection.deadlineMs === Number.POSITIVE_INFINITY) this.#context.wheel.arm(connection, now + idleTimeoutMs)
  }

  #checkEmpty(): void {
    if (this.connections.size === 0 && this.#pending.size === 0) this.#onEmpty(this)
  }
}

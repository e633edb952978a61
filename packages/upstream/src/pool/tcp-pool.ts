import type {
  CircuitBreaker,
  Host,
  PendingStream,
  PoolContext,
  PoolFailure,
  RawReader,
  TcpConnection,
  TcpPool,
  TcpPoolCallbacks,
  TransportOptions,
} from '@nuncio/cluster'
import { Deadline, type TlsInfo, WireCount } from '@nuncio/core'
import type { Socket } from 'node:net'
import { dialAddresses, elsewhere } from '../transport/dial/address-order.ts'
import { Dial, type DialSettings } from '../transport/dial/dialler.ts'
import type { UpstreamTransport } from '../transport/transport.ts'
import { addressOf } from './http1-connection.ts'

/** What raw connections to one host need. */
export interface TcpPoolParts {
  readonly context: PoolContext
  readonly dial: DialSettings
  readonly breaker: CircuitBreaker
  readonly transport: UpstreamTransport
}

/** Raw connections to one host for one routing priority. Nothing is kept for later: each connection has one user. */
export class SocketPool implements TcpPool {
  readonly host: Host
  readonly parts: TcpPoolParts
  readonly connections = new Set<SocketPoolConnection>()

  constructor(host: Host, parts: TcpPoolParts) {
    this.host = host
    this.parts = parts
  }

  /** `options`: what this connection is to be like; none is shared. */
  newConnection(callbacks: TcpPoolCallbacks, options?: TransportOptions): PendingStream | undefined {
    const { breaker, context } = this.parts
    if (!breaker.mayConnect() || this.host.stats.cxActive >= context.info.maxConnectionsPerHost) {
      context.stats.cluster.cxOverflow.inc()
      callbacks.onPoolFailure('overflow', this.host, '')
      return undefined
    }
    if (context.newConnection?.sheds() === true) {
      callbacks.onPoolFailure('overflow', this.host, 'overload')
      return undefined
    }
    const connection = new SocketPoolConnection(this, callbacks, options)
    connection.start()
    return connection.waiting ? connection : undefined
  }

  /** Ends every connection at once. */
  close(): void {
    for (const connection of this.connections) connection.destroy()
  }

  countBytes(): void {
    for (const connection of this.connections) connection.countBytes()
  }
}

/** Raw connections to one host that are to be like this. */
export class SocketPoolView implements TcpPool {
  readonly #pool: SocketPool
  readonly #options: TransportOptions

  constructor(pool: SocketPool, options: TransportOptions) {
    this.#pool = pool
    this.#options = options
  }

  newConnection(callbacks: TcpPoolCallbacks): PendingStream | undefined {
    return this.#pool.newConnection(callbacks, this.#options)
  }
}

/** One raw connection, from the wish for it to its end; as a deadline it is the connect timeout. */
export class SocketPoolConnection extends Deadline implements PendingStream, TcpConnection {
  readonly id: number
  readonly #pool: SocketPool
  readonly #callbacks: TcpPoolCallbacks
  readonly #startedMs: number
  readonly #dial: Dial
  #socket: Socket | undefined = undefined
  #remoteEnded = false
  readonly #wire = new WireCount()
  waiting = true
  local: TcpConnection['local'] = undefined
  remote: TcpConnection['remote'] = undefined
  tls: TlsInfo | undefined = undefined
  reader: RawReader | undefined = undefined

  constructor(pool: SocketPool, callbacks: TcpPoolCallbacks, options: TransportOptions | undefined) {
    super()
    const { context, dial, transport } = pool.parts
    this.#pool = pool
    this.#callbacks = callbacks
    this.id = context.nextConnectionId()
    this.#startedMs = context.time.monotonicMs()
    const config = context.info.config.upstream_connection_options?.happy_eyeballs_config
    const request = {
      addresses: dialAddresses(pool.host, transport, config),
      target: pool.host,
      transport,
      options,
      protocols: [],
      rawReads: callbacks.takesRawReads === true,
    }
    this.#dial = new Dial(dial, request, {
      onDialled: (socket, tls, address, reader) => {
        this.remote = elsewhere(pool.host, address)
        this.#dialled(socket, tls, reader)
      },
      onDialFailed: ({ side, details }) =>
        this.#failed(side === 'local' ? 'local connection failure' : 'remote connection failure', side, details),
    })
  }

  start(): void {
    const { host, parts, connections } = this.#pool
    const { cluster } = parts.context.stats
    connections.add(this)
    parts.breaker.connections++
    host.stats.cxTotal++
    host.stats.cxActive++
    cluster.cxTotal.inc()
    cluster.cxActive.inc()
    cluster.rqPendingTotal.inc()
    cluster.rqPendingActive.inc()
    parts.context.wheel.arm(this, this.#startedMs + parts.context.info.connectTimeoutMs)
    this.#dial.start()
  }

  cancel(): void {
    if (!this.waiting) return
    this.#pool.parts.context.stats.cluster.rqCancelled.inc()
    this.#giveUp('local')
  }

  override onDeadline(): void {
    this.#pool.parts.context.stats.cluster.cxConnectTimeout.inc()
    this.#failed('connection timeout', 'local', '')
  }

  destroy(): void {
    if (this.waiting) this.#failed('local connection failure', 'local', '')
    else this.#socket?.destroy()
  }

  countBytes(): void {
    const socket = this.#socket
    if (socket === undefined) return
    const { cluster } = this.#pool.parts.context.stats
    this.#wire.count(cluster.wire, socket.bytesRead, socket.bytesWritten)
    if (socket.destroyed) this.#wire.show(cluster.wire, 0, 0)
    else this.#wire.show(cluster.wire, socket.readableLength, socket.writableLength)
  }

  #failed(reason: PoolFailure, side: 'local' | 'remote', details: string): void {
    this.#pool.parts.context.stats.cluster.rqPendingFailureEject.inc()
    this.#giveUp(side)
    this.#callbacks.onPoolFailure(reason, this.#pool.host, details)
  }

  #giveUp(side: 'local' | 'remote'): void {
    const { cluster } = this.#pool.parts.context.stats
    this.#dial.cancel()
    this.#noLongerWaiting()
    cluster.cxConnectFail.inc()
    this.#pool.host.stats.cxConnectFail++
    this.#gone(side)
  }

  #dialled(socket: Socket, tls: TlsInfo | undefined, reader: RawReader | undefined): void {
    const { context, breaker } = this.#pool.parts
    const { cluster } = context.stats
    const { stats } = this.#pool.host
    this.#noLongerWaiting()
    cluster.cxConnectMs.record(Math.round(context.time.monotonicMs() - this.#startedMs))
    cluster.rqTotal.inc()
    cluster.rqActive.inc()
    breaker.requests++
    stats.rqTotal++
    stats.rqActive++
    this.#socket = socket
    this.local = addressOf(socket)
    this.tls = tls
    this.reader = reader
    socket.pause()
    socket.once('end', () => {
      this.#remoteEnded = true
    })
    socket.once('error', () => {
      this.#remoteEnded = true
    })
    socket.once('close', () => {
      this.countBytes()
      cluster.rqActive.dec()
      breaker.requests--
      stats.rqActive--
      // A connection is its one request.
      cluster.cxDestroyWithActiveRq.inc()
      ;(this.#remoteEnded ? cluster.cxDestroyRemoteWithActiveRq : cluster.cxDestroyLocalWithActiveRq).inc()
      this.#gone(this.#remoteEnded ? 'remote' : 'local')
    })
    this.#callbacks.onPoolReady(socket, this.#pool.host, this)
  }

  #noLongerWaiting(): void {
    this.waiting = false
    this.#pool.parts.context.wheel.cancel(this)
    this.#pool.parts.context.stats.cluster.rqPendingActive.dec()
  }

  #gone(by: 'local' | 'remote'): void {
    const { host, parts, connections } = this.#pool
    const { cluster } = parts.context.stats
    connections.delete(this)
    parts.breaker.connections--
    host.stats.cxActive--
    cluster.cxActive.dec()
    cluster.cxDestroy.inc()
    ;(by === 'local' ? cluster.cxDestroyLocal : cluster.cxDestroyRemote).inc()
    cluster.cxLengthMs.record(Math.round(parts.context.time.monotonicMs() - this.#startedMs))
  }
}

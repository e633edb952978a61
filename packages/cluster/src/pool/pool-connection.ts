import type { UpstreamConnection } from '../contracts/cluster.ts'
import { Deadline, type SocketAddress, type TlsInfo, WireCount } from '@nuncio/core'
import type { Connecting, ConnectionUser, DialFailure, StreamConnection } from './connector.ts'
import type { StreamPool } from './stream-pool.ts'

/**
 * - `connecting`: not there yet
 * - `ready`: on the pool's stack of connections with room for a stream
 * - `busy`: full
 * - `draining`: takes no new streams, closes after its last one
 * - `closed`
 */
export type ConnectionState = 'connecting' | 'ready' | 'busy' | 'draining' | 'closed'

/**
 * A connection's place in its pool, and what a router is told of it. As a deadline it is the connect timeout first and
 * the idle timeout later.
 */
export class PoolConnection extends Deadline implements ConnectionUser, UpstreamConnection {
  readonly id: number
  readonly pool: StreamPool
  readonly startedMs: number
  handshakeEndMs: number | undefined = undefined
  state: ConnectionState = 'connecting'
  connection: StreamConnection | undefined = undefined
  connecting: Connecting | undefined = undefined
  /** Open streams. */
  streams = 0
  /** Most streams at a time; while connecting what is hoped for. */
  maxStreams: number
  /** Streams that it may still begin in its life. */
  remaining: number
  streamsBefore = -1
  idleSinceMs = 0
  protocol: 'HTTP/1.1' | 'HTTP/2' = 'HTTP/1.1'
  local: SocketAddress | undefined = undefined
  remote: SocketAddress | undefined = undefined
  tls: TlsInfo | undefined = undefined
  /** Its part in the cluster's `wire`. */
  readonly wire = new WireCount()
  /** Links of the pool's stack of ready connections. */
  below: PoolConnection | undefined = undefined
  above: PoolConnection | undefined = undefined
  lifetime: Deadline | undefined = undefined

  constructor(pool: StreamPool, id: number, startedMs: number, maxStreams: number, remaining: number) {
    super()
    this.pool = pool
    this.id = id
    this.startedMs = startedMs
    this.maxStreams = maxStreams
    this.remaining = remaining
  }

  /** Streams that it can take on now. */
  get room(): number {
    return this.maxStreams - this.streams
  }

  override onDeadline(nowMs: number): void {
    if (this.state === 'connecting') this.pool.onConnectTimeout(this)
    else this.pool.onIdleDeadline(this, nowMs)
  }

  onConnected(connection: StreamConnection): void {
    this.pool.onConnected(this, connection)
  }
  onConnectFailed(failure: DialFailure): void {
    this.pool.onConnectFailed(
      this,
      failure.side === 'local' ? 'local connection failure' : 'remote connection failure',
      failure,
    )
  }
  onStreamEnd(): void {
    this.pool.onStreamEnd(this)
  }
  onMaxStreams(streams: number): void {
    this.pool.onMaxStreams(this, streams)
  }
  onGoodbye(): void {
    this.pool.stats.cluster.cxCloseNotify.inc()
    this.pool.drain(this)
  }
  onUsedUp(): void {
    this.pool.drain(this)
  }
  onProtocolError(): void {
    this.pool.stats.cluster.cxProtocolError.inc()
  }
  onClosed(by: 'local' | 'remote', reset = false): void {
    this.pool.onClosed(this, by, reset)
  }
}

/** `max_connection_duration` of one connection; made only where that is set. */
export class LifetimeDeadline extends Deadline {
  readonly #connection: PoolConnection

  constructor(connection: PoolConnection) {
    super()
    this.#connection = connection
  }

  override onDeadline(): void {
    this.#connection.pool.onLifetimeOver(this.#connection)
  }
}

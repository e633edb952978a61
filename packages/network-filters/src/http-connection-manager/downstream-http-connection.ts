import { type ConnectionInfo, Deadline, Flag, type OverloadSubject, type WeighedStream, WireCount } from '@nuncio/core'
import type { ConnectionObserver, NetworkConnection } from '@nuncio/listener'
import type { ActiveStream } from './active-stream.ts'
import type { HttpConnectionManager } from './http-connection-manager.ts'
import { NEVER } from './timed-stream.ts'

/** What a codec has read from the socket and written to it, and what waits. */
interface Wire {
  readonly bytesReceived: number
  readonly bytesSent: number
  readonly unread: number
  readonly unwritten: number
  /** Changes whenever the client takes some of what waits. */
  readonly progress: number
}

/**
 * A downstream connection, whichever HTTP it speaks: what it counts, how long it may live and idle, and the one deadline
 * that it keeps for itself and its streams.
 */
export abstract class DownstreamHttpConnection extends Deadline implements ConnectionObserver, OverloadSubject {
  readonly info: ConnectionInfo
  readonly bufferLimit: number
  /** The one that the latest stream began with. */
  protected manager: HttpConnectionManager
  protected readonly connection: NetworkConnection
  protected requests = 0
  /** Monotonic ms since it has no stream. */
  protected idleSince: number
  /** It has lived for `max_connection_duration`. */
  protected old = false
  /** This side ends it. */
  protected localClose = false
  /** When the client must have closed too, or taken more of what waits. */
  protected finishAt = NEVER
  #progress = 0
  /** By what part it lives longer than `max_connection_duration`. */
  readonly #lifeJitter: number
  readonly #http2: boolean
  readonly #wire = new WireCount()
  /** A stream was under way when it closed. */
  #brokeOff = false

  constructor(manager: HttpConnectionManager, connection: NetworkConnection, http2: boolean) {
    super()
    this.manager = manager
    this.connection = connection
    this.info = connection.info
    this.bufferLimit = connection.bufferLimit === 0 ? NEVER : connection.bufferLimit
    this.idleSince = manager.time.monotonicMs()
    this.#lifeJitter = manager.drawLifeJitter()
    this.#http2 = http2
  }

  abstract onConnectionDrain(): void
  abstract refreshStats(): void
  abstract forEachStream(visit: (stream: WeighedStream) => void): void
  abstract timeoutsChanged(): void

  /** It begins. */
  protected opened(): void {
    const { overload, stats } = this.manager
    const [total, active] = this.#http2
      ? [stats.cxHttp2Total, stats.cxHttp2Active]
      : [stats.cxHttp1Total, stats.cxHttp1Active]
    total.inc()
    active.inc()
    this.connection.observe(this)
    overload.subjects.add(this)
  }

  /** Its socket is closed. */
  protected closed(codec: Wire): void {
    const { overload, stats, time, wheel } = this.manager
    overload.subjects.delete(this)
    wheel.cancel(this)
    this.countBytes(codec)
    this.#wire.show(stats.wire, 0, 0)
    ;(this.#http2 ? stats.cxHttp2Active : stats.cxHttp1Active).dec()
    const { startMs, tls } = this.info
    const local = this.localClose || this.connection.closedHere
    stats.disconnected(tls !== undefined, time.monotonicMs() - startMs, local, this.#brokeOff)
    this.connection.unobserve(this)
  }

  /** Counts what went over it since the last time. */
  protected countBytes({ bytesReceived, bytesSent }: Wire): void {
    this.#wire.count(this.manager.stats.wire, bytesReceived, bytesSent)
  }

  /** The same, and shows what waits in its buffers at this moment. */
  protected showWire(codec: Wire): void {
    this.countBytes(codec)
    this.#wire.show(this.manager.stats.wire, codec.unread, codec.unwritten)
  }

  /** A stream is over. */
  protected ended({ info }: ActiveStream): void {
    if (info.hasFlag(Flag.DC)) this.#brokeOff = true
  }

  get closeReason(): string | undefined {
    return this.connection.closedHere ? this.info.terminationDetails.replaceAll(' ', '_') : undefined
  }

  /** Whether it is to end behind the response at hand; counts for which reason. */
  protected hasServedEnough(): boolean {
    const { info, overload, stats } = this.manager
    if (info.maxRequestsPerConnection > 0 && this.requests >= info.maxRequestsPerConnection) stats.cxMaxRequests.inc()
    else if (overload.disableKeepAlive.sheds()) stats.cxOverloadDisableKeepalive.inc()
    else if (this.connection.draining && this.connection.drainClose()) stats.cxDrainClose.inc()
    else return false
    return true
  }

  wakeAt(atMs: number): void {
    if (atMs < this.deadlineMs) this.manager.wheel.arm(this, atMs)
  }

  drainAt(): number {
    return this.connection.drainAt()
  }

  /** FIN is on its way, perhaps behind bytes that the client has still to take. Answers whether to cut it off at once. */
  protected finishing({ progress, unwritten }: Wire): boolean {
    const { info, time } = this.manager
    if (info.delayedCloseMs === 0) return unwritten === 0
    this.#progress = progress
    this.finishAt = time.monotonicMs() + info.delayedCloseMs
    return false
  }

  /** Whether the client has neither closed nor taken anything for `delayed_close_timeout`. */
  protected finishOver(nowMs: number, codec: Wire): boolean {
    if (nowMs < this.finishAt) return false
    // A slow reader may take as long as it likes, as long as it reads.
    if (codec.unwritten > 0 && codec.progress !== this.#progress) return this.finishing(codec)
    this.manager.stats.cxDelayedCloseTimeout.inc()
    return true
  }

  /** When it has had no stream for too long, if it has none. */
  protected idleAt(): number {
    const { info, overload } = this.manager
    if (info.idleTimeoutMs === 0) return NEVER
    return this.idleSince + overload.connectionIdle.now(info.idleTimeoutMs)
  }

  /** When it will have lived for long enough. */
  protected endAt(): number {
    const { info, overload } = this.manager
    if (this.old || info.maxConnectionDurationMs === 0) return NEVER
    const longestMs = info.maxConnectionDurationMs * (1 + this.#lifeJitter)
    return this.info.startMs + overload.connectionDuration.now(longestMs)
  }
}

import { requestHeaders, type StreamInfo, type WeighedStream } from '@nuncio/core'
import {
  type Http2ServerCallbacks,
  Http2ServerConnection,
  type Http2ServerStream,
  type Http2Violation,
} from '@nuncio/http-codec'
import type { NetworkConnection } from '@nuncio/listener'
import { ActiveStream } from './active-stream.ts'
import { DownstreamHttpConnection } from './downstream-http-connection.ts'
import type { HttpConnectionManager } from './http-connection-manager.ts'
import type { StreamOwner } from './stream-owner.ts'
import { NEVER } from './timed-stream.ts'

/** Heads that break a limit of this proxy and no rule of HTTP: their streams count as reset by the client, as in Envoy. */
const NOT_WANTED: ReadonlySet<Http2Violation> = new Set([
  'http2.header_list_size_too_large',
  'http2.too_many_headers',
  'http2.unexpected_underscore',
])

/** A downstream HTTP/2 connection: streams side by side, one deadline, GOAWAY when it should end. */
export class Http2Connection extends DownstreamHttpConnection implements Http2ServerCallbacks, StreamOwner {
  #codec: Http2ServerConnection | undefined = undefined
  readonly #streams = new Set<ActiveStream>()
  #idled = false
  #drainAt = NEVER
  /** When to ask whether the peer is still there, or, while `#asked`, by when it has to have answered. */
  #keepaliveAt = NEVER
  #asked = false
  #draining = false

  constructor(manager: HttpConnectionManager, connection: NetworkConnection) {
    super(manager, connection, true)
  }

  start(initialData: Buffer | undefined): void {
    const { http2Options, http2Stats, services } = this.manager
    this.opened()
    this.#planKeepalive()
    this.#arm()
    const secure = this.info.tls !== undefined
    const parts = { options: http2Options, stats: http2Stats, batch: services.batch, secure }
    this.#codec = new Http2ServerConnection(this.connection.socket, this, parts)
    this.#codec.start(initialData)
  }

  onRequest(stream: Http2ServerStream): ActiveStream {
    const manager = (this.manager = this.manager.site.current)
    const { overload, stats } = manager
    stats.rqHttp2Total.inc()
    this.requests++
    const active = new ActiveStream(manager, this, stream, stream.startMs)
    active.info.protocol = 'HTTP/2'
    active.info.downstreamBytes = stream.bytes
    this.#streams.add(active)
    const { http2GoAway, http2GoAwayAndClose } = overload
    if (http2GoAwayAndClose.sheds()) this.#closeOverloaded()
    else if (http2GoAway.sheds()) this.#drain()
    return active
  }

  onRefusedHead(stream: Http2ServerStream, details: Http2Violation): void {
    const active = this.onRequest(stream)
    active.requestHeaders = requestHeaders([])
    active.onReset(NOT_WANTED.has(details) ? 'remote reset' : 'protocol error', details)
  }

  onProtocolError(what: Http2Violation, alone: boolean): void {
    const { stats } = this.manager
    if (what === 'http2.rapid_reset') stats.rqTooManyPrematureResets.inc()
    if (alone) return
    stats.cxProtocolError.inc()
    this.info.terminationDetails = what
  }

  onFlushWaits(): void {
    this.#arm()
  }

  refreshStats(): void {
    if (this.#codec !== undefined) this.showWire(this.#codec)
  }

  /** Of all of its streams together. */
  describe(info: StreamInfo): StreamInfo {
    const { socket } = this.connection
    info.protocol = 'HTTP/2'
    info.bytesReceived = socket.bytesRead
    info.bytesSent = socket.bytesWritten
    return info
  }

  onFinishing(codec: Http2ServerConnection): void {
    this.localClose = true
    if (this.finishing(codec)) codec.destroy()
    else this.#arm()
  }

  onClose(codec: Http2ServerConnection): void {
    this.closed(codec)
    this.connection.close('now')
  }

  beforeResponse(): void {
    if (!this.#draining && this.hasServedEnough()) this.#drain()
  }

  abortsDispatch(): boolean {
    return false
  }

  streamDone(stream: ActiveStream): void {
    this.#streams.delete(stream)
    this.ended(stream)
    if (this.#codec !== undefined) this.countBytes(this.#codec)
    if (this.#streams.size > 0) return
    this.idleSince = this.manager.time.monotonicMs()
    this.#idled = false
    this.#arm()
  }

  override onConnectionDrain(): void {
    for (const stream of this.#streams) stream.goAway(this.drainAt())
    if (this.connection.drainClose()) this.#drain()
  }

  /**
   * GOAWAY as a notice first, which refuses nothing; when the drain time is over one that names the last stream, behind which
   * the connection closes. A request that was on its way meanwhile is not lost.
   */
  #drain(): void {
    if (this.#draining) return
    this.#draining = true
    this.localClose = true
    this.#codec?.notifyShutdown()
    this.#drainAt = this.manager.time.monotonicMs() + this.manager.drawDrainTimeout()
    this.#arm()
  }

  /** GOAWAY, and the end a turn later, when it is on its way: the request that met it is not answered. */
  #closeOverloaded(): void {
    this.manager.stats.rqOverloadClose.inc()
    this.connection.info.terminationDetails = 'overload'
    this.#draining = true
    this.localClose = true
    this.#codec?.drain()
    setImmediate(() => this.#codec?.destroy())
  }

  override forEachStream(visit: (stream: WeighedStream) => void): void {
    for (const stream of this.#streams) visit(stream)
  }

  override timeoutsChanged(): void {
    for (const stream of this.#streams) stream.armTimeouts()
    this.#arm()
  }

  protected override idleAt(): number {
    return this.#idled || this.#streams.size > 0 ? NEVER : super.idleAt()
  }

  /** When the end of a response has waited for too long for a client that gives it no window. */
  #flushAt(): number {
    return this.#codec?.flushEndsAtMs(this.manager.info.streamFlushTimeoutMs) ?? NEVER
  }

  #arm(): void {
    const at = Math.min(this.idleAt(), this.#drainAt, this.finishAt, this.#flushAt(), this.endAt(), this.#keepaliveAt)
    if (at < this.deadlineMs) this.manager.wheel.arm(this, at)
  }

  // ── connection_keepalive ──

  #planKeepalive(): void {
    const { http2Keepalive: keepalive, random, time } = this.manager
    if (keepalive === undefined) return
    const jitter = (keepalive.intervalMs * keepalive.jitterPercent * random.uint32()) / 2 ** 32 / 100
    this.#asked = false
    this.#keepaliveAt = time.monotonicMs() + keepalive.intervalMs + jitter
  }

  /** Answers whether the connection is still there. */
  #keepalive(now: number): boolean {
    const { http2Keepalive: keepalive, http2Stats } = this.manager
    if (this.#asked) {
      http2Stats.keepaliveTimeout.inc()
      this.info.terminationDetails = 'http2.keepalive_timeout'
      this.localClose = true
      this.#codec?.destroy()
      return false
    }
    const answered = (): void => {
      this.#planKeepalive()
      this.#arm()
    }
    this.#asked = this.#codec?.ping(answered) ?? false
    this.#keepaliveAt = this.#asked ? now + keepalive!.timeoutMs : NEVER
    return true
  }

  override onDeadline(now: number): void {
    const { stats, http2Stats } = this.manager
    if (this.#codec !== undefined && this.finishOver(now, this.#codec)) return this.#codec.destroy()
    if (now >= this.#keepaliveAt && !this.#keepalive(now)) return
    for (const stream of this.#streams) stream.onWake(now)
    if (now >= this.#flushAt())
      http2Stats.txFlushTimeout.add(this.#codec!.resetFlushing(now, this.manager.info.streamFlushTimeoutMs))
    if (now >= this.#drainAt) {
      this.#drainAt = NEVER
      this.#codec?.drain()
    }
    if (now >= this.endAt()) {
      this.old = true
      stats.cxMaxDuration.inc()
      this.#drain()
    } else if (now >= this.idleAt()) {
      this.#idled = true
      stats.cxIdleTimeout.inc()
      this.connection.info.terminationDetails = 'idle_timeout'
      this.#drain()
    }
    this.#arm()
  }
}

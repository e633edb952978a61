import { Flag, requestHeaders, type RequestDecoder, type StreamInfo, type WeighedStream } from '@nuncio/core'
import { localReply } from '@nuncio/filter-chain'
import { type CloseMode, ServerConnection, type ServerCallbacks, type ServerStream } from '@nuncio/http-codec'
import type { NetworkConnection } from '@nuncio/listener'
import { ActiveStream } from './active-stream.ts'
import { DownstreamHttpConnection } from './downstream-http-connection.ts'
import type { HttpConnectionManager } from './http-connection-manager.ts'
import { QUIET_MS } from './protocol-choice.ts'
import type { StreamOwner } from './stream-owner.ts'
import { NEVER } from './timed-stream.ts'

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request', 408: 'Request Timeout', 413: 'Payload Too Large', 426: 'Upgrade Required',
  431: 'Request Header Fields Too Large', 501: 'Not Implemented',
} // prettier-ignore

/** A downstream HTTP/1 connection: one stream after the other; it closes when it should end. */
export class HttpConnection extends DownstreamHttpConnection implements ServerCallbacks, StreamOwner {
  readonly #codec: ServerConnection
  #active: ActiveStream | undefined = undefined
  #malformed = false
  /** It is old, and closes behind its next response. */
  #soft = false
  #headAt = NEVER
  /** When a connection that has lived long enough closes, if no request comes before. */
  #retireAt = NEVER
  /** When a draining connection closes if no request has come. */
  #quietAt = NEVER
  #closing = false

  constructor(manager: HttpConnectionManager, connection: NetworkConnection) {
    super(manager, connection, false)
    const secure = connection.info.tls !== undefined
    this.#codec = new ServerConnection(connection.socket, this, manager.http1Options, manager.services.batch, secure)
  }

  start(initialData: Buffer | undefined): void {
    this.opened()
    this.#arm()
    this.#codec.start(initialData)
  }

  // ── the codec ──

  onRequest(stream: ServerStream): RequestDecoder {
    this.#headAt = NEVER
    const manager = (this.manager = this.manager.site.current)
    manager.stats.rqHttp1Total.inc()
    this.requests++
    const active = new ActiveStream(manager, this, stream, stream.startMs)
    active.info.protocol = stream.http10 ? 'HTTP/1.0' : 'HTTP/1.1'
    active.info.downstreamBytes = stream.bytes
    this.#active = active
    return active
  }

  onMalformed(stream: ServerStream, status: number, details: string): void {
    // Its grammar is in order: it is refused like anything else that asks for what is not there.
    if (stream.refusedHead !== undefined) return this.#withoutHead(stream).sendLocalReply(localReply(status, details))
    const { stats } = this.manager
    stats.cxProtocolError.inc()
    this.#malformed = true
    if (status === 431) stats.rqTooLarge.inc()
    const active = this.#active ?? this.#withoutHead(stream)
    active.malformed(status, details, REASONS[status] ?? '')
  }

  onBrokenHead(stream: ServerStream): void {
    this.#withoutHead(stream).onReset('connection termination', '')
  }

  /** A request of which hardly anything is known. */
  #withoutHead(stream: ServerStream): ActiveStream {
    const active = this.onRequest(stream) as ActiveStream
    stream.decoder = active
    active.requestHeaders = stream.refusedHead ?? requestHeaders([])
    return active
  }

  onPartialHead(): void {
    const timeout = this.manager.info.requestHeadersTimeoutMs
    if (timeout === 0) return
    this.#headAt = this.manager.time.monotonicMs() + timeout
    this.#arm()
  }

  onFinishing(): void {
    this.#closing = true
    if (this.finishing(this.#codec)) this.#codec.destroy()
    else this.#arm()
  }

  onClose(): void {
    this.#closing = true
    this.closed(this.#codec)
    if (this.#soft) this.manager.stats.cxHttp1SoftDrain.dec()
  }

  // ── the stream ──

  /** The last moment to say that the connection closes behind this response. */
  beforeResponse(refused: boolean): void {
    if (this.#closing) return
    if (refused || this.old || this.hasServedEnough()) this.#closeAfterResponse()
  }

  #closeAfterResponse(): void {
    this.localClose = true
    this.#codec.drain()
  }

  abortsDispatch(): boolean {
    if (!this.manager.overload.http1AbortDispatch.sheds()) return false
    this.#closeAfterResponse()
    return true
  }

  streamDone(stream: ActiveStream): void {
    if (stream !== this.#active) return
    this.#active = undefined
    this.ended(stream)
    this.countBytes(this.#codec)
    this.idleSince = this.manager.time.monotonicMs()
    if (this.#closing) return
    // A tunnel that the upstream has ended is over for the client too.
    if (this.#codec.ending) this.#close('delayed')
    else this.#arm()
  }

  refreshStats(): void {
    this.showWire(this.#codec)
  }

  /** Of all of its streams together. */
  describe(info: StreamInfo): StreamInfo {
    info.bytesReceived = this.#codec.bytesReceived
    info.bytesSent = this.#codec.bytesSent
    if (this.#malformed) info.setFlag(Flag.DPE)
    else if (this.requests > 0) info.protocol = 'HTTP/1.1'
    return info
  }

  // ── draining ──

  /**
   * What is under way ends by itself. A connection on which nothing is waits a little: a request that is on the wire now
   * would be lost. In a gradual drain it waits for its next response, or for the end of the drain time.
   */
  override onConnectionDrain(): void {
    if (this.#closing) return
    this.#active?.goAway(this.drainAt())
    if (!this.connection.drainClose()) return
    this.#quietAt = this.manager.time.monotonicMs() + QUIET_MS
    this.#arm()
  }

  #close(mode: CloseMode): void {
    if (this.#closing) return
    this.#closing = true
    this.localClose = true
    this.#codec.close(mode)
  }

  // ── overload ──

  override forEachStream(visit: (stream: WeighedStream) => void): void {
    if (this.#active !== undefined) visit(this.#active)
  }

  override timeoutsChanged(): void {
    if (this.#closing) return
    this.#active?.armTimeouts()
    this.#arm()
  }

  // ── time ──

  protected override idleAt(): number {
    return this.#active === undefined ? super.idleAt() : NEVER
  }

  #arm(): void {
    const quietAt = this.#active === undefined ? Math.min(this.#quietAt, this.#retireAt) : NEVER
    const at = this.#closing ? this.finishAt : Math.min(this.idleAt(), this.endAt(), this.#headAt, quietAt)
    if (at < this.deadlineMs) this.manager.wheel.arm(this, at)
  }

  override onDeadline(now: number): void {
    const { stats } = this.manager
    // A stream's timers go first: what it answers may end the connection.
    this.#active?.onWake(now)
    if (this.finishOver(now, this.#codec)) return this.#codec.destroy()
    if (this.#closing) return this.#arm()
    if (now >= this.#headAt) return this.#headersTimeout()
    if (now >= this.#quietAt && this.#codec.busy) this.#quietAt = now + QUIET_MS
    if (now >= this.endAt()) {
      const { safeMaxConnectionDuration } = this.manager.info
      this.old = true
      stats.cxMaxDuration.inc()
      if (safeMaxConnectionDuration) this.#drainSoftly()
      if (this.#active !== undefined) this.#closeAfterResponse()
      else if (!safeMaxConnectionDuration) this.#retireAt = now + this.manager.drawDrainTimeout()
    } else if (this.#active === undefined && now >= this.#quietAt) {
      stats.cxDrainClose.inc()
      return this.#close('delayed')
    } else if (this.#active === undefined && now >= this.#retireAt) {
      return this.#close('delayed')
    } else if (now >= this.idleAt()) {
      stats.cxIdleTimeout.inc()
      this.connection.info.terminationDetails = 'idle_timeout'
      return this.#close('delayed')
    }
    this.#arm()
  }

  #drainSoftly(): void {
    this.#soft = true
    this.manager.stats.cxHttp1SoftDrain.inc()
  }

  #headersTimeout(): void {
    this.manager.stats.rqHeaderTimeout.inc()
    this.#headAt = NEVER
    this.localClose = true
    this.#codec.refuseHead('http1.request_header_timeout')
  }
}

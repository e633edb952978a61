import {
  type ConnectionInfo,
  Deadline,
  Flag,
  type OverloadSubject,
  requestHeaders,
  type RequestDecoder,
  type StreamInfo,
  type WeighedStream,
} from '@nuncio/core'
import { type CloseMode, ServerConnection, type ServerCallbacks, type ServerStream } from '@nuncio/http-codec'
import type { ConnectionObserver, NetworkConnection } from '@nuncio/listener'
import { ActiveStream } from './active-stream.ts'
import type { HttpConnectionManager } from './http-connection-manager.ts'
import { QUIET_MS } from './protocol-choice.ts'
import type { StreamOwner } from './stream-owner.ts'

const NEVER = Number.POSITIVE_INFINITY
const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request', 408: 'Request Timeout', 413: 'Payload Too Large', 426: 'Upgrade Required',
  431: 'Request Header Fields Too Large', 501: 'Not Implemented', 505: 'HTTP Version Not Supported',
} // prettier-ignore

/**
 * A downstream HTTP connection: the codec's user. Makes streams, closes when idle, old, or served enough, and keeps one
 * deadline for all of that.
 */
export class HttpConnection
  extends Deadline
  implements ServerCallbacks, ConnectionObserver, StreamOwner, OverloadSubject
{
  readonly info: ConnectionInfo
  readonly bufferLimit: number
  /** The one that the latest stream began with. */
  #manager: HttpConnectionManager
  readonly #connection: NetworkConnection
  readonly #codec: ServerConnection
  #active: ActiveStream | undefined = undefined
  #requests = 0
  /** By what part it lives longer than `max_connection_duration`. */
  readonly #lifeJitter: number
  #idleSince: number
  #old = false
  #malformed = false
  #headAt = NEVER
  #finishAt = NEVER
  /** When a connection that has lived long enough closes, if no request comes before. */
  #retireAt = NEVER
  /** When a draining connection closes if no request has come. */
  #quietAt = NEVER
  #closing = false
  #localClose = false
  #countedRx = 0
  #countedTx = 0

  constructor(manager: HttpConnectionManager, connection: NetworkConnection) {
    super()
    this.#manager = manager
    this.#connection = connection
    this.info = connection.info
    this.bufferLimit = connection.bufferLimit === 0 ? NEVER : connection.bufferLimit
    const secure = connection.info.tls !== undefined
    this.#codec = new ServerConnection(connection.socket, this, manager.http1Options, manager.services.batch, secure)
    this.#idleSince = manager.time.monotonicMs()
    this.#lifeJitter = manager.drawLifeJitter()
  }

  start(initialData: Buffer | undefined): void {
    const { stats } = this.#manager
    stats.cxTotal.inc()
    stats.cxActive.inc()
    stats.cxHttp1Total.inc()
    stats.cxHttp1Active.inc()
    if (this.info.tls !== undefined) {
      stats.cxSslTotal.inc()
      stats.cxSslActive.inc()
    }
    this.#connection.observe(this)
    this.#manager.services.overload.subjects.add(this)
    this.#arm()
    this.#codec.start(initialData)
  }

  // ── the codec ──

  onRequest(stream: ServerStream): RequestDecoder {
    this.#headAt = NEVER
    const manager = (this.#manager = this.#manager.site.current)
    manager.stats.rqHttp1Total.inc()
    this.#requests++
    const active = new ActiveStream(manager, this, stream, stream.startMs)
    active.info.protocol = stream.http10 ? 'HTTP/1.0' : 'HTTP/1.1'
    active.info.downstreamHeaderReceived = stream.headBytesReceived
    this.#active = active
    return active
  }

  onMalformed(stream: ServerStream, status: number, details: string): void {
    const { stats } = this.#manager
    stats.cxProtocolError.inc()
    this.#malformed = true
    if (status === 431) stats.rqTooLarge.inc()
    let active = this.#active
    if (active === undefined) {
      active = this.onRequest(stream) as ActiveStream
      stream.decoder = active
      active.requestHeaders = requestHeaders([])
    }
    const text = details === 'missing_host_header' ? '' : (REASONS[status] ?? '')
    active.malformed(status, details === 'http1.http_1_0_not_accepted' ? 'low_version' : details, text)
  }

  onPartialHead(): void {
    const timeout = this.#manager.info.requestHeadersTimeoutMs
    if (timeout === 0) return
    this.#headAt = this.#manager.time.monotonicMs() + timeout
    this.#arm()
  }

  onFinishing(): void {
    const delay = this.#manager.info.delayedCloseMs
    this.#closing = true
    if (delay === 0) return this.#codec.destroy()
    this.#finishAt = this.#manager.time.monotonicMs() + delay
    this.#arm()
  }

  onClose(): void {
    this.#closing = true
    const { services, stats, wheel } = this.#manager
    services.overload.subjects.delete(this)
    wheel.cancel(this)
    this.#countBytes()
    stats.cxActive.dec()
    stats.cxHttp1Active.dec()
    if (this.info.tls !== undefined) stats.cxSslActive.dec()
    stats.cxDestroy.inc()
    ;(this.#localClose ? stats.cxDestroyLocal : stats.cxDestroyRemote).inc()
    stats.cxLengthMs.record(this.#manager.time.monotonicMs() - this.info.startMs)
    this.#connection.unobserve(this)
  }

  // ── the stream ──

  /** The last moment to say that the connection closes behind this response. */
  beforeResponse(refused: boolean): void {
    if (this.#closing) return
    const { info, stats, services } = this.#manager
    if (refused || this.#old) this.#closeAfterResponse()
    else if (info.maxRequestsPerConnection > 0 && this.#requests >= info.maxRequestsPerConnection) {
      stats.cxMaxRequests.inc()
      this.#closeAfterResponse()
    } else if (services.overload.disableKeepAlive.sheds()) {
      stats.cxOverloadDisableKeepalive.inc()
      this.#closeAfterResponse()
    } else if (this.#connection.draining && this.#connection.drainClose()) {
      stats.cxDrainClose.inc()
      this.#closeAfterResponse()
    }
  }

  #closeAfterResponse(): void {
    this.#localClose = true
    this.#codec.drain()
  }

  abortsDispatch(): boolean {
    if (!this.#manager.services.overload.http1AbortDispatch.sheds()) return false
    this.#closeAfterResponse()
    return true
  }

  wakeAt(atMs: number): void {
    if (atMs < this.deadlineMs) this.#manager.wheel.arm(this, atMs)
  }

  streamDone(stream: ActiveStream): void {
    if (stream !== this.#active) return
    this.#active = undefined
    this.#countBytes()
    this.#idleSince = this.#manager.time.monotonicMs()
    if (!this.#closing) this.#arm()
  }

  #countBytes(): void {
    const { stats } = this.#manager
    const { bytesReceived, bytesSent } = this.#codec
    stats.cxRxBytes.add(bytesReceived - this.#countedRx)
    stats.cxTxBytes.add(bytesSent - this.#countedTx)
    this.#countedRx = bytesReceived
    this.#countedTx = bytesSent
  }

  /** Of all of its streams together. */
  describe(info: StreamInfo): StreamInfo {
    info.bytesReceived = this.#codec.bytesReceived
    info.bytesSent = this.#codec.bytesSent
    if (this.#malformed) info.setFlag(Flag.DPE)
    else if (this.#requests > 0) info.protocol = 'HTTP/1.1'
    return info
  }

  // ── draining ──

  drainAt(): number {
    return this.#connection.drainAt()
  }

  /**
   * What is under way ends by itself. A connection on which nothing is waits a little: a request that is on the wire now
   * would be lost. In a gradual drain it waits for its next response, or for the end of the drain time.
   */
  onConnectionDrain(): void {
    if (this.#closing) return
    this.#active?.goAway(this.drainAt())
    if (!this.#connection.drainClose()) return
    this.#quietAt = this.#manager.time.monotonicMs() + QUIET_MS
    this.#arm()
  }

  #close(mode: CloseMode): void {
    if (this.#closing) return
    this.#closing = true
    this.#localClose = true
    this.#codec.close(mode)
  }

  // ── overload ──

  forEachStream(visit: (stream: WeighedStream) => void): void {
    if (this.#active !== undefined) visit(this.#active)
  }

  timeoutsChanged(): void {
    if (this.#closing) return
    this.#active?.armTimeouts()
    this.#arm()
  }

  // ── time ──

  #idleAt(): number {
    const { info, services } = this.#manager
    if (this.#active !== undefined || info.idleTimeoutMs === 0) return NEVER
    return this.#idleSince + services.overload.connectionIdle.now(info.idleTimeoutMs)
  }

  #endAt(): number {
    const { info, services } = this.#manager
    if (this.#old || info.maxConnectionDurationMs === 0) return NEVER
    const longestMs = info.maxConnectionDurationMs * (1 + this.#lifeJitter)
    return this.info.startMs + services.overload.connectionDuration.now(longestMs)
  }

  #arm(): void {
    const quietAt = this.#active === undefined ? Math.min(this.#quietAt, this.#retireAt) : NEVER
    const at = Math.min(this.#idleAt(), this.#endAt(), this.#headAt, this.#finishAt, quietAt)
    if (at < this.deadlineMs) this.#manager.wheel.arm(this, at)
  }

  override onDeadline(now: number): void {
    const { stats } = this.#manager
    // A stream's timers go first: what it answers may end the connection.
    this.#active?.onWake(now)
    if (now >= this.#finishAt) return this.#codec.destroy()
    if (this.#closing) return
    if (now >= this.#headAt) return this.#headersTimeout()
    if (now >= this.#endAt()) {
      const { drainTimeoutMs, safeMaxConnectionDuration } = this.#manager.info
      this.#old = true
      stats.cxMaxDuration.inc()
      if (this.#active !== undefined) this.#closeAfterResponse()
      else if (!safeMaxConnectionDuration) this.#retireAt = now + drainTimeoutMs
    } else if (this.#active === undefined && now >= this.#quietAt && !this.#codec.busy) {
      stats.cxDrainClose.inc()
      return this.#close('delayed')
    } else if (this.#active === undefined && now >= this.#retireAt) {
      return this.#close('delayed')
    } else if (now >= this.#idleAt()) {
      stats.cxIdleTimeout.inc()
      this.#connection.info.terminationDetails = 'idle_timeout'
      return this.#close('delayed')
    }
    this.#arm()
  }

  #headersTimeout(): void {
    this.#manager.stats.rqHeaderTimeout.inc()
    this.#headAt = NEVER
    this.#localClose = true
    this.#codec.refuseHead('http1.request_header_timeout')
  }
}

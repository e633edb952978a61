import { Flag, type ResponseEncoder, StreamInfo } from '@nuncio/core'
import { ChainStream } from '@nuncio/filter-chain'
import { effectiveTimeouts } from '@nuncio/router'
import type { HttpConnectionManager } from './http-connection-manager.ts'
import type { StreamOwner } from './stream-owner.ts'

export const NEVER = Number.POSITIVE_INFINITY
/** The gRPC status of a stream that lasted too long. */
const DEADLINE_EXCEEDED = 4

/** A timeout of a stream, as the client is told of it. */
export interface StreamTimeout {
  readonly details: string
  readonly body: string
  readonly flags: number
  /** -1 = by the HTTP status. */
  readonly grpcStatus: number
}

const TOO_LONG: StreamTimeout = { details: 'max_duration_timeout', body: 'downstream duration timeout', flags: 0, grpcStatus: DEADLINE_EXCEEDED } // prettier-ignore
const TOO_SLOW: StreamTimeout = { details: 'request_overall_timeout', body: 'request timeout', flags: 0, grpcStatus: -1 } // prettier-ignore
const IDLE: StreamTimeout = { details: 'stream_idle_timeout', body: 'stream timeout', flags: Flag.SI, grpcStatus: -1 }

/** A stream and when something is due on it. Its connection, which it asks for one wake at a time, keeps the timer. */
export abstract class TimedStream extends ChainStream {
  protected readonly manager: HttpConnectionManager
  protected readonly connection: StreamOwner
  /** Monotonic ms since nothing came or went. */
  #lastMs: number
  #idleMs: number
  #durationAt = NEVER
  #requestAt = NEVER
  #logAt = NEVER

  constructor(manager: HttpConnectionManager, connection: StreamOwner, encoder: ResponseEncoder, nowMs: number) {
    const info = new StreamInfo(connection.info, nowMs, manager.time.wallMs())
    super(manager.chain, encoder, info, manager.random.uint32(), connection.bufferLimit)
    this.manager = manager
    this.connection = connection
    this.#lastMs = nowMs
    const { accessLogs, info: config } = manager
    this.#idleMs = config.streamIdleTimeoutMs
    if (config.requestTimeoutMs > 0) this.#requestAt = nowMs + config.requestTimeoutMs
    if (config.maxStreamDurationMs > 0) this.#durationAt = nowMs + config.maxStreamDurationMs
    if (accessLogs.length > 0) this.#logAt = nowMs + config.logIntervalMs
  }

  /** When something is due that this class does not know of. */
  protected abstract dueAt(): number
  /** That moment has come, or may have. */
  protected abstract onDue(nowMs: number): void
  /** A timeout has passed: ends the stream. */
  protected abstract timedOut(timeout: StreamTimeout): void
  /** It is time for a line in between. */
  protected abstract logPeriod(): void

  protected override nowMs(): number {
    return this.manager.time.monotonicMs()
  }

  override wakeAt(atMs: number): void {
    this.connection.wakeAt(atMs)
  }

  /** Something came or went. */
  protected touch(): void {
    this.#lastMs = this.nowMs()
  }

  /** The request is complete, by what came just now. */
  protected received(): void {
    this.info.lastDownstreamRxMs = this.#lastMs
    this.#requestAt = NEVER
  }

  /** Takes over the timeouts that the route sets for the whole stream. */
  protected applyRoute(): void {
    const route = this.route()
    if (route?.kind !== 'forward') return
    if (route.flushTimeoutMs !== undefined) this.encoder.flushTimeoutMs = route.flushTimeoutMs
    const grpc = route.usesMaxStreamDuration && route.grpcTimeout !== undefined
    if (route.idleTimeoutMs === undefined && route.maxStreamDurationMs === undefined && !grpc) return
    const { idleTimeoutMs, maxStreamDurationMs } = effectiveTimeouts(route, this.requestHeaders, this.manager.info)
    this.#idleMs = idleTimeoutMs
    this.#durationAt = maxStreamDurationMs > 0 ? this.info.startMs + maxStreamDurationMs : NEVER
    this.arm()
  }

  /** When nothing came or went for too long. */
  #idleAt(): number {
    return this.#idleMs > 0 ? this.#lastMs + this.manager.overload.streamIdle.now(this.#idleMs) : NEVER
  }

  /** Computes its deadlines anew: `reduce_timeouts` changed them. */
  armTimeouts(): void {
    if (!this.done) this.arm()
  }

  /** Asks to be woken when the next thing is due. */
  protected arm(): void {
    const at = Math.min(this.#idleAt(), this.#durationAt, this.#requestAt, this.#logAt, this.dueAt())
    if (at !== NEVER) this.connection.wakeAt(at)
  }

  /** The connection woke: something may be due. */
  onWake(nowMs: number): void {
    this.onDue(nowMs)
    if (this.done) return
    const { stats } = this.manager
    if (nowMs >= this.#durationAt) {
      stats.rqMaxDuration.inc()
      this.timedOut(TOO_LONG)
    } else if (nowMs >= this.#requestAt) {
      stats.rqTimeout.inc()
      this.timedOut(TOO_SLOW)
    } else if (nowMs >= this.#idleAt()) {
      stats.rqIdleTimeout.inc()
      this.timedOut(IDLE)
    } else {
      if (nowMs >= this.#logAt) {
        this.#logAt = nowMs + this.manager.info.logIntervalMs
        this.logPeriod()
      }
      this.arm()
      this.wakeTerminal(nowMs)
    }
  }
}

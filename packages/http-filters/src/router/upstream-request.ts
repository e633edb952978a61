import {
  type Cluster,
  type Host,
  MessageSizes,
  type PendingStream,
  type PoolFailure,
  type UpstreamCallbacks,
  type UpstreamConnection,
} from '@nuncio/cluster'
import type { HeaderMap, RequestEncoder, ResetReason, ResponseHeaders, StreamInfo } from '@nuncio/core'
import type { HttpFilterChain, LocalReply } from '@nuncio/filter-chain'
import { PerTryTimer } from './per-try-timer.ts'
import type { Tries } from './tries.ts'
import { StreamDurationTimer } from './stream-duration-timer.ts'
import { TryStory } from './try-story.ts'
import { endsConnect, TcpTunnel } from './tcp-tunnel.ts'
import { FilteredTry } from './upstream-filters/filtered-try.ts'
import { filtersOf } from './upstream-filters/filters-of.ts'
import type { TryOwner } from './upstream-filters/try-owner.ts'

/**
 * One try of a request at one host: from the wish for a stream to the end of its response. The stream decides what
 * becomes of what it reports; after `detach` it reports nothing more.
 */
export class UpstreamRequest implements TryOwner {
  readonly #stream: Tries
  readonly cluster: Cluster
  readonly host: Host
  encoder: RequestEncoder | undefined = undefined
  #pending: PendingStream | undefined = undefined
  #connecting = true
  /** When its request was sent, ms; -1 = not yet. */
  sentMs = -1
  #sentAll = false
  /** Bytes of bodies, and the size of the response's head where sizes are counted. */
  sentBytes = 0
  receivedBytes = 0
  #head: ReturnType<typeof MessageSizes.ofResponse> | undefined = undefined
  started = false
  ended = false
  #detached = false
  #paused = false
  #full = false
  /** Counted against the host for as long as the try runs. */
  #cost = 0
  /** Made only where a per-try timeout is configured. */
  #timer: PerTryTimer | undefined = undefined
  /** Made only where the cluster limits the duration of streams. */
  #duration: StreamDurationTimer | undefined = undefined
  /** Only where tries have spans or are logged. */
  #story: TryStory | undefined = undefined
  /** Its requests pass filters first: they are sent at once, not when there is a connection. */
  #filtered = false
  /** The end of the request has passed them. */
  #forwarded = false
  #failed = false
  reused = false
  /** Its response said `x-envoy-degraded`. */
  degraded = false
  /** Its per-try timeout passed, and it was let go on. */
  overdue = false
  /** Another try was begun beside it. */
  hedged = false
  /** The host has said in this response how loaded it is. */
  #loadTold = false

  constructor(stream: Tries, cluster: Cluster, host: Host) {
    this.#stream = stream
    this.cluster = cluster
    this.host = host
  }

  /** Asks the host's pool for a stream. */
  start(): void {
    const stream = this.#stream
    this.#cost = costOf(stream.info!)
    stream.info!.tryStartMs = stream.nowMs()
    this.host.stats.outstandingCost += this.#cost
    const { priority } = stream.route
    const { cluster, host } = this
    const { upstreamLog: log, startsChildSpan, upstreamFilters } = stream.settings
    if (log !== undefined || stream.stream.trace !== undefined)
      this.#story = TryStory.begin(stream.stream, cluster, host, {
        log,
        startsChildSpan,
        nowMs: stream.nowMs(),
        sizes: this,
      })
    const filters = filtersOf(cluster, upstreamFilters)
    const callbacks = filters === undefined ? this : this.#filter(filters)
    const pending =
      cluster.tcpPool !== undefined && endsConnect(stream.route, stream.headers!)
        ? new TcpTunnel(callbacks).start(cluster.tcpPool(host, priority, stream))
        : cluster.httpPool(host, priority, stream.info!.protocol, stream).newStream(callbacks)
    if (this.#connecting) this.#pending = pending
  }

  #filter(filters: HttpFilterChain): UpstreamCallbacks {
    const { stream, settings, info } = this.#stream
    info!.upstreamHost = this.host
    this.#filtered = true
    const filtered = new FilteredTry(filters, this, stream, settings.tryWorld)
    this.encoder = filtered
    return filtered
  }

  /** It takes the request without a connection; false once it has failed. */
  get takesEarly(): boolean {
    return this.#filtered && this.encoder !== undefined
  }
  get filtered(): boolean {
    return this.#filtered
  }

  get ready(): boolean {
    return this.encoder !== undefined
  }

  // ── the pool ──

  onPoolReady(encoder: RequestEncoder, host: Host, connection: UpstreamConnection): void {
    this.#connecting = false
    this.#pending = undefined
    if (this.#detached) return encoder.reset('local reset')
    this.encoder = encoder
    this.reused = connection.streamsBefore > 0
    this.#stream.info!.countUpstream(encoder.bytes)
    this.sentMs = this.#stream.nowMs()
    const { maxStreamDurationMs } = this.cluster.info
    if (maxStreamDurationMs > 0) this.#duration = new StreamDurationTimer(this.#stream, this, maxStreamDurationMs)
    this.#trace(connection, encoder)
    this.#stream.onUpstreamReady(this, host, connection)
  }

  onPoolFailure(reason: PoolFailure, host: Host | undefined, details: string): void {
    this.#connecting = false
    this.#pending = undefined
    if (this.#detached) return
    this.#fail(reason, details)
    this.#stream.onUpstreamFailure(this, host, reason, details)
  }

  /** Tells the host of the trace. */
  #trace(connection: UpstreamConnection, { bytes }: RequestEncoder): void {
    this.#story?.ready(connection, bytes, this.sentMs)
    const { trace, span } = this.#stream.stream
    if (trace?.tracing.propagates === true) (this.#story?.span?.span ?? span).inject(this.#stream.headers!)
  }

  #fail(reason: ResetReason, transport: string): void {
    this.#failed = true
    this.#story?.failed(reason, transport)
  }

  // ── sending ──

  /** Sends data of the request; false: the upstream has no room for more. */
  send(chunk: Uint8Array, endStream: boolean): boolean {
    if (!this.#filtered) this.sentBytes += chunk.length
    // A filter may have answered in between.
    const room = this.encoder?.encodeData(chunk, endStream) ?? true
    if (!room && !this.#full) this.#fill(true)
    return room
  }

  onForwarded(bytes: number, endStream: boolean): void {
    this.sentBytes += bytes
    if (!endStream) return
    this.#forwarded = true
    this.requestSent()
  }

  onFilterReply(reply: LocalReply): void {
    if (!this.#detached) this.#stream.onFilterReply(reply)
  }

  /** The request is complete on its way. */
  requestSent(): void {
    if (this.#sentAll || (this.#filtered && !this.#forwarded)) return
    this.#sentAll = true
    const now = (this.#stream.info!.lastUpstreamTxMs = this.#stream.nowMs())
    this.#story?.sent(now)
    this.awaitAnswer()
  }

  /** Per-try timeouts begin: that of the answer only where it has not begun. */
  awaitAnswer(): void {
    if (this.#timer !== undefined) return
    const { perTryIdleMs } = this.#stream
    const perTryMs = this.started ? 0 : this.#stream.perTryMs
    if (perTryMs > 0 || perTryIdleMs > 0) this.#timer = new PerTryTimer(this.#stream, this, perTryMs, perTryIdleMs)
  }

  // ── the response ──

  onInformational(headers: ResponseHeaders): void {
    if (!this.#detached) this.#stream.onUpstreamInformational(this, headers)
  }

  onHeaders(headers: ResponseHeaders, endStream: boolean): void {
    if (this.#detached) return
    this.started = true
    this.degraded = headers.has('x-envoy-degraded')
    if (this.cluster.info.messageSizes !== undefined) this.#head = MessageSizes.ofResponse(headers)
    if (headers.has('x-envoy-immediate-health-check-fail')) this.cluster.failHostImmediately?.(this.host)
    this.#tellLoad(headers)
    this.#timer?.answered()
    this.#story?.answered(headers, this.#stream.nowMs())
    if (endStream) this.#end(undefined)
    this.#stream.onUpstreamHeaders(this, headers, endStream)
  }

  onData(chunk: Uint8Array, endStream: boolean): void {
    if (this.#detached) return
    this.#timer?.touch()
    this.receivedBytes += chunk.length
    if (endStream) this.#end(undefined)
    this.#stream.onUpstreamData(this, chunk, endStream)
  }

  onTrailers(trailers: HeaderMap): void {
    if (this.#detached) return
    this.#tellLoad(trailers)
    this.#end(trailers)
    this.#stream.onUpstreamTrailers(this, trailers)
  }

  #tellLoad(headers: HeaderMap): void {
    if (!this.#loadTold) this.#loadTold = this.cluster.reportLoad?.(this.host, headers) ?? false
  }

  onReset(reason: ResetReason): void {
    if (this.#detached) return
    this.encoder = undefined
    this.#fail(reason, '')
    this.#stream.onUpstreamReset(this, reason)
  }

  onWritable(): void {
    if (this.#full) this.#fill(false)
    if (!this.#detached) this.#stream.onUpstreamWritable(this)
  }

  /** The upstream takes no more for now, or does again. */
  #fill(full: boolean): void {
    this.#full = full
    const { flow } = this.cluster.info.stats
    ;(full ? flow.backedUp : flow.drained).inc()
  }

  #end(trailers: HeaderMap | undefined): void {
    this.ended = true
    this.#story?.ended(trailers, this.#stream.nowMs())
    this.#settleCost()
    this.#stopTimers()
  }

  /** The try is over: how long it took, and what it weighed, where that is wanted. */
  #count(): void {
    this.#stream.countTry(this.sentMs)
    const { messageSizes } = this.cluster.info
    if (messageSizes === undefined) return
    messageSizes.request(this.#stream.headers!, this.sentBytes)
    if (this.#head !== undefined) messageSizes.response(this.#head, this.receivedBytes)
  }

  #finishStory(): void {
    const story = this.#story
    if (story === undefined) return
    story.finish(this.#stream.nowMs())
    story.span?.finish(story, !this.#failed && !(this.ended && this.#sentAll), this.#stream.route.tracing)
  }

  /** Its own time is over. */
  timedOut(): void {
    if (!this.started) this.#story?.timedOut()
  }

  #stopTimers(): void {
    this.#timer?.stop()
    this.#duration?.stop()
  }

  #settleCost(): void {
    this.host.stats.outstandingCost -= this.#cost
    this.#cost = 0
  }

  /** The downstream is full (or not any more). */
  pause(paused: boolean): void {
    if (paused === this.#paused) return
    this.#paused = paused
    const { flow } = this.cluster.info.stats
    ;(paused ? flow.pausedReading : flow.resumedReading).inc()
    this.encoder?.readDisable(paused)
  }

  /**
   * Lets go: an unfinished try is cancelled or reset, a response that has ended before the request is cut off. Nothing
   * is reported any more.
   */
  detach(requestEnded: boolean): void {
    if (this.#detached) return
    this.#detached = true
    this.#stopTimers()
    this.#settleCost()
    if (this.sentMs >= 0) this.#count()
    this.#finishStory()
    if (this.#pending !== undefined) {
      this.#pending.cancel()
      this.#pending = undefined
    }
    const encoder = this.encoder
    this.encoder = undefined
    if (encoder !== undefined && !(this.ended && requestEnded)) encoder.reset('local reset')
  }
}

/** What a filter said that the request costs, or dynamic metadata: `cost` in the namespace `nuncio.lb`. */
function costOf(info: StreamInfo): number {
  if (info.cost > 0) return info.cost
  const cost = info.metadata === undefined ? 0 : Number(info.metadata.get('nuncio.lb')?.['cost'])
  return cost > 0 && cost < Number.POSITIVE_INFINITY ? cost : 0
}

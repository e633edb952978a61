import {
  type Cluster,
  type ClusterManager,
  type Host,
  type LoadBalancerContext,
  type Outcome,
  type PendingStream,
  type PoolFailure,
  type UpstreamConnection,
  tagTarget,
} from '@nuncio/cluster'
import {
  appendForwardedFor,
  Deadline,
  type HeaderMap,
  NO_SPAN,
  type RequestEncoder,
  type RequestHeaders,
  RequestHeaderTable,
  type ResetReason,
  type ResponseHeaders,
  type Span,
  type StreamInfo,
  type TimerWheel,
  type TimeSource,
} from '@nuncio/core'
import type { HttpFilterChain, LocalReply, TerminalStream } from '@nuncio/filter-chain'
import type { ForwardRoute, MirrorPolicy } from '@nuncio/router'
import { TryStory } from './try-story.ts'
import { FilteredTry } from './upstream-filters/filtered-try.ts'
import { filtersOf } from './upstream-filters/filters-of.ts'
import type { TryWorld } from './upstream-filters/try-chain.ts'
import type { TryOwner } from './upstream-filters/try-owner.ts'
import type { UpstreamLog } from './upstream-log.ts'

/** What shadows need of the world. */
export interface ShadowWorld {
  readonly time: TimeSource
  readonly wheel: TimerWheel
  readonly upstreamLog: UpstreamLog | undefined
  readonly upstreamFilters: HttpFilterChain | undefined
  readonly tryWorld: TryWorld
  /** See `ProxyView.localAddress`; '' = not known. */
  readonly localAddress: string
}

/**
 * A mirrored request: sent as the real one arrives, its answer thrown away. How it fares is counted for its cluster and
 * host; the real one never learns of it.
 */
export class Shadow extends Deadline implements TryOwner, LoadBalancerContext {
  readonly headers: RequestHeaders
  readonly info: StreamInfo
  readonly hasHash = false
  readonly hashHigh = 0
  readonly hashLow = 0
  readonly metadataMatch = undefined
  readonly overrideHost = ''
  readonly overrideStrict = false
  readonly attempt = 0
  readonly hostSelectionRetries = 0
  readonly triedPriorities = undefined
  readonly #limit: number
  #encoder: RequestEncoder | undefined = undefined
  #pending: PendingStream | undefined = undefined
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #ended: boolean
  #trailers: HeaderMap | undefined = undefined
  #over = false
  readonly #cluster: Cluster
  readonly #world: ShadowWorld
  #host: Host | undefined = undefined
  #sentMs = -1
  #counted = false
  /** The host has said how loaded it is. */
  #loadTold = false
  readonly #span: Span
  readonly #stream: TerminalStream
  /** Only where tries are logged. */
  #story: TryStory | undefined = undefined
  #filtered = false
  sentBytes = 0
  receivedBytes = 0

  constructor(
    headers: RequestHeaders,
    of: { cluster: Cluster; stream: TerminalStream; world: ShadowWorld; span: Span },
  ) {
    super()
    const { cluster, stream, world } = of
    this.#span = of.span
    this.#cluster = cluster
    this.#world = world
    this.headers = headers
    this.#stream = stream
    this.info = stream.info
    this.#limit = stream.bufferLimit
    this.#ended = stream.requestEnded
  }

  rejects(): boolean {
    return false
  }

  /** It may take as long as the route gives requests. */
  start(route: ForwardRoute): void {
    const { time, wheel } = this.#world
    const host = (this.#host = this.#cluster.chooseHost(this))
    if (host === undefined) {
      this.#count(503, undefined)
      return this.#giveUp()
    }
    if (route.timeoutMs > 0) wheel.arm(this, time.monotonicMs() + route.timeoutMs)
    const pool = this.#cluster.httpPool(host, route.priority, this.info.protocol, this)
    this.#tell(host)
    const filters = filtersOf(this.#cluster, this.#world.upstreamFilters)
    const pending = pool.newStream(filters === undefined ? this : this.#filter(filters))
    if (this.#sentMs < 0 && !this.#over) this.#pending = pending
    if (this.#filtered && !this.#over) this.#send()
  }

  #tell(host: Host): void {
    const { upstreamLog: log, time } = this.#world
    if (log === undefined) return
    this.#story = TryStory.ofShadow(this.#stream, this.headers, this.#cluster, host, {
      log,
      nowMs: time.monotonicMs(),
      sizes: this,
    })
  }

  #filter(filters: HttpFilterChain): FilteredTry {
    this.#filtered = true
    const filtered = new FilteredTry(filters, this, this.#stream, this.#world.tryWorld)
    this.#encoder = filtered
    return filtered
  }

  onForwarded(bytes: number): void {
    this.sentBytes += bytes
  }
  onFilterReply(reply: LocalReply): void {
    this.#count(reply.status, undefined)
    this.#giveUp()
  }

  override onDeadline(): void {
    this.#count(504, 'timeout')
    this.#giveUp()
  }

  /** The answer, or what stands for one that does not come; the first counts. */
  #count(status: number, reset: Outcome['reset']): void {
    if (this.#counted) return
    this.#counted = true
    if (this.#span.recording) this.#tag(status)
    const { responses, internal } = this.#cluster.info.stats
    responses.count(status)
    internal.count(status)
    if (this.#host === undefined || reset === 'overflow') return
    const latencyMs = reset === undefined ? this.#world.time.monotonicMs() - this.#sentMs : -1
    const answered = reset === undefined ? status : 0
    this.#cluster.reportOutcome(this.#host, { status: answered, reset, latencyMs, grpcStatus: -1 })
  }

  #tag(status: number): void {
    tagTarget(this.#span, this.#cluster.info, this.#host)
    this.#span.setAttribute('http.status_code', String(status))
    if (status >= 500) this.#span.setAttribute('error', 'true')
  }

  onPoolReady(encoder: RequestEncoder, _host: Host, connection: UpstreamConnection): void {
    this.#pending = undefined
    if (this.#over) return encoder.reset('local reset')
    this.#encoder = encoder
    this.#sentMs = this.#world.time.monotonicMs()
    this.#story?.ready(connection, encoder.bytes, this.#sentMs)
    if (!this.#filtered) this.#send()
  }

  /** Sends what there is of the request by now. */
  #send(): void {
    const encoder = this.#encoder!
    const bare = this.#ended && this.#waiting.length === 0 && this.#trailers === undefined
    encoder.encodeHeaders(this.headers, bare)
    const waiting = this.#waiting
    const last = this.#ended && this.#trailers === undefined ? waiting.length - 1 : -1
    let room = true
    for (let i = 0; i < waiting.length; i++) room = this.#sendData(waiting[i]!, i === last)
    if (this.#trailers !== undefined) this.#encoder?.encodeTrailers(this.#trailers)
    this.#waiting = []
    if (room) this.#waitingBytes = 0
  }

  #sendData(chunk: Uint8Array, endStream: boolean): boolean {
    if (!this.#filtered) this.sentBytes += chunk.length
    return this.#encoder?.encodeData(chunk, endStream) ?? true
  }

  onPoolFailure(reason: PoolFailure, _host: Host | undefined, details: string): void {
    this.#pending = undefined
    this.#story?.failed(reason, details)
    this.#count(503, reason)
    this.#giveUp()
  }

  data(chunk: Uint8Array, endStream: boolean): void {
    if (this.#over) return
    this.#ended = endStream
    if (this.#encoder !== undefined) {
      // A slow shadow must not slow the request: past the limit it is given up.
      if (!this.#sendData(chunk, endStream)) this.#waitingBytes += chunk.length
    } else {
      this.#waiting.push(new Uint8Array(chunk))
      this.#waitingBytes += chunk.length
    }
    if (this.#waitingBytes > this.#limit) this.#giveUp()
  }
  trailers(trailers: HeaderMap): void {
    if (this.#over) return
    this.#ended = true
    this.#trailers = trailers
    this.#encoder?.encodeTrailers(trailers)
  }

  /** The real stream is over; a request that is complete may still finish by itself. */
  finish(): void {
    if (!this.#ended) this.#giveUp()
  }

  /** Nothing more is sent or waited for. */
  #giveUp(): void {
    if (this.#over) return
    this.#over = true
    if (!this.#counted) this.#span.setAttribute('canceled', 'true')
    this.#span.end()
    this.#world.wheel.cancel(this)
    this.#waiting = []
    this.#pending?.cancel()
    this.#encoder?.reset('local reset')
    this.#pending = this.#encoder = undefined
    this.#story?.finish(this.#world.time.monotonicMs())
    this.#story = undefined
  }

  /** The answer is whole: a request that is not is given up. */
  #answered(): void {
    if (this.#ended) this.#encoder = undefined
    this.#giveUp()
  }

  onInformational(): void {}
  onHeaders(headers: ResponseHeaders, endStream: boolean): void {
    this.#story?.answered(headers, this.#world.time.monotonicMs())
    this.#tellLoad(headers)
    this.#count(headers.status, undefined)
    if (endStream) this.#answered()
  }
  onData(chunk: Uint8Array, endStream: boolean): void {
    this.receivedBytes += chunk.length
    if (endStream) this.#answered()
  }
  onTrailers(trailers: HeaderMap): void {
    this.#tellLoad(trailers)
    this.#story?.ended(trailers, this.#world.time.monotonicMs())
    this.#answered()
  }
  #tellLoad(headers: HeaderMap): void {
    if (!this.#loadTold && this.#host !== undefined)
      this.#loadTold = this.#cluster.reportLoad?.(this.#host, headers) ?? false
  }
  onReset(reason: ResetReason): void {
    this.#encoder = undefined
    this.#story?.failed(reason, '')
    this.#count(503, reason)
    this.#giveUp()
  }
  onWritable(): void {
    this.#waitingBytes = 0
  }
}

/** `cluster1:8000` → `cluster1-shadow:8000`. */
function shadowHost(authority: string): string {
  const colon = authority.lastIndexOf(':')
  const port = colon > authority.lastIndexOf(']') ? authority.slice(colon) : ''
  return `${authority.slice(0, authority.length - port.length)}-shadow${port}`
}

function shadowHeaders(
  policy: MirrorPolicy,
  headers: RequestHeaders,
  info: StreamInfo,
  localAddress: string,
): RequestHeaders {
  const copy = new RequestHeaderTable()
  copy.method = headers.method
  copy.path = headers.path
  copy.scheme = headers.scheme
  copy.authority =
    policy.hostRewriteLiteral !== ''
      ? policy.hostRewriteLiteral
      : policy.disableShadowHostSuffix
        ? headers.authority
        : shadowHost(headers.authority)
  headers.forEach((name, value) => copy.append(name, value))
  copy.set('x-envoy-internal', 'true')
  appendForwardedFor(copy, localAddress)
  policy.mutateHeaders(copy, info)
  return copy
}

/** Starts the mirrors that a request is selected for. */
export function startShadows(
  policies: readonly MirrorPolicy[],
  route: ForwardRoute,
  stream: TerminalStream,
  world: ShadowWorld & { readonly clusters: ClusterManager },
  headers: RequestHeaders,
): readonly Shadow[] {
  if (stream.upgraded) return []
  const shadows: Shadow[] = []
  for (const policy of policies) {
    const cluster = policy.selects(stream.random) ? world.clusters.get(policy.clusterName(headers)) : undefined
    if (cluster === undefined) continue
    const copy = shadowHeaders(policy, headers, stream.info, world.localAddress)
    const span = stream.trace === undefined ? NO_SPAN : stream.span.child('mirror', policy.traceSampled)
    if (stream.trace?.tracing.propagates === true) span.inject(copy)
    const shadow = new Shadow(copy, { cluster, stream, world, span })
    shadow.start(route)
    shadows.push(shadow)
  }
  return shadows
}

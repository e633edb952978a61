import { formatContext } from '@nuncio/access-log'
import type { Cluster, Host, UpstreamConnection } from '@nuncio/cluster'
import {
  type HeaderMap,
  type RequestHeaders,
  type ResetReason,
  type ResponseHeaders,
  type Span,
  StreamInfo,
} from '@nuncio/core'
import type { TerminalStream } from '@nuncio/filter-chain'
import type { HttpTracing, RouteTracing } from '@nuncio/tracing'
import { flagOfReset } from './reset-reply.ts'

/** The span of one try at one host, with a story of its own: what is said on it is of this try alone. */
export class TrySpan {
  readonly span: Span
  readonly #tracing: HttpTracing
  readonly #request: RequestHeaders
  readonly #info: StreamInfo
  #response: ResponseHeaders | undefined = undefined
  #trailers: HeaderMap | undefined = undefined

  private constructor(span: Span, tracing: HttpTracing, request: RequestHeaders, info: StreamInfo) {
    this.span = span
    this.#tracing = tracing
    this.#request = request
    this.#info = info
  }

  /** Undefined where tries have no spans, or nobody would see them. `forced`: the router filter asks for them. */
  static begin(
    stream: TerminalStream,
    cluster: Cluster,
    host: Host,
    times: { readonly nowMs: number; readonly forced: boolean },
  ): TrySpan | undefined {
    const { info, trace, span } = stream
    if (trace === undefined || !span.recording || !(trace.tracing.spawnsUpstream || times.forced)) return undefined
    const child = span.child(`router ${cluster.info.statName} egress`)
    if (info.attempts > 1) child.setAttribute('retry.count', String(info.attempts - 1))
    return new TrySpan(child, trace.tracing, stream.requestHeaders, infoOfTry(info, host, times.nowMs))
  }

  ready(connection: UpstreamConnection, nowMs: number): void {
    const info = this.#info
    info.connected(connection)
    info.upstreamProtocol = connection.protocol
    info.firstUpstreamTxMs = nowMs
  }

  sent(nowMs: number): void {
    this.#info.lastUpstreamTxMs = nowMs
  }

  answered(headers: ResponseHeaders, nowMs: number): void {
    this.#response = headers
    this.#info.status = headers.status
    this.#info.firstUpstreamRxMs = nowMs
  }

  ended(trailers: HeaderMap | undefined, nowMs: number): void {
    this.#trailers = trailers
    this.#info.lastUpstreamRxMs = nowMs
  }

  failed(reason: ResetReason): void {
    this.#info.setFlag(flagOfReset(reason))
    this.span.setAttribute('error', 'true')
    this.span.setAttribute('error.reason', reason)
  }

  /** `cancelled`: nobody waited for its end. */
  finish(cancelled: boolean, route: RouteTracing | undefined): void {
    if (cancelled) this.span.setAttribute('canceled', 'true')
    const context = formatContext(this.#info, this.#request, this.#response, this.#trailers)
    this.#tracing.finishTry(this.span, context, route)
  }
}

/** What the try shares with its stream; how it fares comes on the way. */
function infoOfTry(of: StreamInfo, host: Host, nowMs: number): StreamInfo {
  const info = new StreamInfo(of.connection, nowMs, of.startWallMs + (nowMs - of.startMs))
  info.protocol = of.protocol
  info.remote = of.remote
  info.requestId = of.requestId
  info.routeName = of.routeName
  info.routeMetadata = of.routeMetadata
  info.virtualHostName = of.virtualHostName
  info.upstreamCluster = of.upstreamCluster
  info.upstreamClusterStatName = of.upstreamClusterStatName
  info.upstreamClusterMetadata = of.upstreamClusterMetadata
  info.upstreamHost = host
  info.attempts = of.attempts
  info.metadata = of.metadata
  info.filterState = of.filterState
  info.traceId = of.traceId
  info.spanId = of.spanId
  return info
}

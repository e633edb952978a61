import { type Cluster, type Host, noteCluster, type UpstreamConnection } from '@nuncio/cluster'
import {
  type BytesMeter,
  Flag,
  type HeaderMap,
  type RequestHeaders,
  type ResetReason,
  type ResponseHeaders,
  StreamInfo,
} from '@nuncio/core'
import type { TerminalStream } from '@nuncio/filter-chain'
import { flagOfReset } from './reset-reply.ts'
import { TryLog } from './try-log.ts'
import { TrySpan } from './try-span.ts'
import type { UpstreamLog } from './upstream-log.ts'

/** Bytes of bodies that a try has sent and received. */
export interface TrySizes {
  readonly sentBytes: number
  readonly receivedBytes: number
}

/** Who wants to know of a try. */
export interface TryListeners {
  readonly log: UpstreamLog | undefined
  readonly nowMs: number
  readonly sizes: TrySizes
}

/**
 * What became of one try at one host, apart from its request: for its span and for `upstream_log`. As in Envoy it knows
 * the route and the cluster, but neither details nor dynamic metadata nor filter state.
 */
export class TryStory {
  readonly info: StreamInfo
  readonly request: RequestHeaders
  response: ResponseHeaders | undefined = undefined
  trailers: HeaderMap | undefined = undefined
  readonly span: TrySpan | undefined
  readonly #log: TryLog | undefined
  readonly #of: StreamInfo
  readonly #sizes: TrySizes

  private constructor(
    stream: TerminalStream,
    request: RequestHeaders,
    host: Host,
    { log, sizes, nowMs, span }: TryListeners & { readonly span: TrySpan | undefined },
  ) {
    this.info = infoOfTry(stream.info, host, nowMs)
    this.request = request
    this.span = span
    this.#of = stream.info
    this.#sizes = sizes
    this.#log = log && new TryLog(log, this)
  }

  /** Undefined where nobody wants to know. `startsChildSpan`: it has a span, whatever the connection manager says. */
  static begin(
    stream: TerminalStream,
    cluster: Cluster,
    host: Host,
    listeners: TryListeners & { readonly startsChildSpan: boolean },
  ): TryStory | undefined {
    const span = TrySpan.begin(stream, cluster, listeners.startsChildSpan)
    if (span === undefined && listeners.log === undefined) return undefined
    return new TryStory(stream, stream.requestHeaders, host, { ...listeners, span })
  }

  /** That of a mirrored request: it goes to another cluster, with headers of its own. */
  static ofShadow(
    stream: TerminalStream,
    headers: RequestHeaders,
    cluster: Cluster,
    host: Host,
    listeners: TryListeners,
  ): TryStory {
    const story = new TryStory(stream, headers, host, { ...listeners, span: undefined })
    noteCluster(story.info, cluster.info)
    return story
  }

  ready(connection: UpstreamConnection, bytes: BytesMeter | undefined, nowMs: number): void {
    const { info } = this
    info.upstreamBytes = bytes
    info.protocol = this.#of.protocol
    info.upstreamProtocol = connection.protocol
    info.connected(connection)
    info.firstUpstreamTxMs = nowMs
    this.#log?.ready()
  }

  sent(nowMs: number): void {
    this.info.lastUpstreamTxMs = nowMs
  }

  answered(headers: ResponseHeaders, nowMs: number): void {
    this.response = headers
    this.info.status = headers.status
    this.info.firstUpstreamRxMs = nowMs
  }

  ended(trailers: HeaderMap | undefined, nowMs: number): void {
    this.trailers = trailers
    this.info.lastUpstreamRxMs = nowMs
  }

  failed(reason: ResetReason, transport: string): void {
    this.info.setFlag(flagOfReset(reason))
    this.info.upstreamTransportFailure = transport
    this.span?.failed(reason)
  }

  /** Its own time was over. */
  timedOut(): void {
    this.info.setFlag(Flag.UT)
  }

  /** Takes over what is counted elsewhere, for a line that is about to be written. */
  measure(): void {
    const { info } = this
    info.bytesSent = this.#sizes.sentBytes
    info.bytesReceived = this.#sizes.receivedBytes
    if (info.upstreamConnectionId === 0) return
    info.downstreamBytes = this.#of.downstreamBytes
  }

  /** The try is over. */
  finish(nowMs: number): void {
    this.info.endMs = nowMs
    this.#log?.finish()
  }
}

function infoOfTry(of: StreamInfo, host: Host, nowMs: number): StreamInfo {
  const info = new StreamInfo(of.connection, nowMs, of.startWallMs + (nowMs - of.startMs))
  info.remote = of.remote
  info.requestId = of.requestId
  info.healthCheck = of.healthCheck
  info.routeName = of.routeName
  info.routeMetadata = of.routeMetadata
  info.virtualHostMetadata = of.virtualHostMetadata
  info.virtualHostName = of.virtualHostName
  info.upstreamCluster = of.upstreamCluster
  info.upstreamClusterStatName = of.upstreamClusterStatName
  info.upstreamClusterMetadata = of.upstreamClusterMetadata
  info.upstreamHost = host
  return info
}

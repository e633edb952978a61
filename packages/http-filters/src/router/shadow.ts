import type {
  Cluster,
  ClusterManager,
  Host,
  LoadBalancerContext,
  PendingStream,
  UpstreamCallbacks,
} from '@nuncio/cluster'
import {
  type HeaderMap,
  type RequestEncoder,
  type RequestHeaders,
  RequestHeaderTable,
  type StreamInfo,
  type TimeSource,
} from '@nuncio/core'
import type { TerminalStream } from '@nuncio/filter-chain'
import type { ForwardRoute, MirrorPolicy } from '@nuncio/router'

/** A mirrored request: sent as the real one arrives, its answer thrown away, its failures ignored. */
export class Shadow implements UpstreamCallbacks, LoadBalancerContext {
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

  constructor(headers: RequestHeaders, info: StreamInfo, limit: number, endStream: boolean) {
    this.headers = headers
    this.info = info
    this.#limit = limit
    this.#ended = endStream
  }

  rejects(): boolean {
    return false
  }

  start(cluster: Cluster, route: ForwardRoute): void {
    const host = cluster.chooseHost(this)
    if (host === undefined) {
      this.#over = true
      return
    }
    const pending = cluster.httpPool(host, route.priority, this.info.protocol, this).newStream(this)
    if (this.#encoder === undefined && !this.#over) this.#pending = pending
  }

  onPoolReady(encoder: RequestEncoder, _host: Host): void {
    this.#pending = undefined
    if (this.#over) return encoder.reset('local reset')
    this.#encoder = encoder
    const bare = this.#ended && this.#waiting.length === 0 && this.#trailers === undefined
    encoder.encodeHeaders(this.headers, bare)
    this.#waiting.forEach((chunk, i) =>
      encoder.encodeData(chunk, this.#ended && this.#trailers === undefined && i === this.#waiting.length - 1),
    )
    if (this.#trailers !== undefined) encoder.encodeTrailers(this.#trailers)
    this.#waiting = []
  }
  onPoolFailure(): void {
    this.#over = true
  }

  data(chunk: Uint8Array, endStream: boolean): void {
    if (this.#over) return
    this.#ended = endStream
    if (this.#encoder !== undefined) {
      // A slow shadow must not slow the request: past the limit it is given up.
      if (!this.#encoder.encodeData(chunk, endStream)) this.#waitingBytes += chunk.length
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

  #giveUp(): void {
    if (this.#over) return
    this.#over = true
    this.#waiting = []
    this.#pending?.cancel()
    this.#encoder?.reset('local reset')
    this.#encoder = undefined
  }

  onInformational(): void {}
  onHeaders(_headers: unknown, endStream: boolean): void {
    if (endStream) this.#over = true
  }
  onData(_chunk: Uint8Array, endStream: boolean): void {
    if (endStream) this.#over = true
  }
  onTrailers(): void {
    this.#over = true
  }
  onReset(): void {
    this.#over = true
    this.#encoder = undefined
  }
  onWritable(): void {
    this.#waitingBytes = 0
  }
}

/** `cluster1:8000` → `cluster1-shadow:8000`. */
export function shadowHost(authority: string): string {
  const colon = authority.lastIndexOf(':')
  const port = colon > authority.lastIndexOf(']') ? authority.slice(colon) : ''
  return `${authority.slice(0, authority.length - port.length)}-shadow${port}`
}

function shadowHeaders(policy: MirrorPolicy, headers: RequestHeaders, info: StreamInfo): RequestHeaders {
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
  policy.mutateHeaders(copy, info)
  return copy
}

/** Starts the mirrors that a request is selected for. */
export function startShadows(
  route: ForwardRoute,
  stream: TerminalStream,
  clusters: ClusterManager,
  _time: TimeSource,
  headers: RequestHeaders,
): readonly Shadow[] {
  if (stream.upgraded) return []
  const shadows: Shadow[] = []
  for (const policy of route.mirrorPolicies) {
    const cluster = policy.selects(stream.random) ? clusters.get(policy.clusterName(headers)) : undefined
    if (cluster === undefined) continue
    const shadow = new Shadow(
      shadowHeaders(policy, headers, stream.info),
      stream.info,
      stream.bufferLimit,
      stream.requestEnded,
    )
    shadow.start(cluster, route)
    shadows.push(shadow)
  }
  return shadows
}

import type { Host, PoolFailure, UpstreamCallbacks, UpstreamConnection } from '@nuncio/cluster'
import type { BytesMeter, HeaderMap, RequestEncoder, RequestHeaders, ResetReason, ResponseHeaders } from '@nuncio/core'
import type { HttpFilterChain, LocalReply, TerminalStream } from '@nuncio/filter-chain'
import { TowardsRouter } from './towards-router.ts'
import { TryChain, type TryWorld } from './try-chain.ts'
import type { TryOwner } from './try-owner.ts'

/**
 * A try with filters on it (`upstream_http_filters`, or a cluster's `http_filters`), between the router and the host's
 * pool: to the router it is the encoder of the request, and that at once; to the pool it is the user. Filters run while
 * the connection is made; what they let go on waits here for it.
 */
export class FilteredTry implements RequestEncoder, UpstreamCallbacks {
  readonly #owner: TryOwner
  readonly #stream: TerminalStream
  readonly #chain: TryChain
  #upstream: RequestEncoder | undefined = undefined
  bytes: BytesMeter | undefined = undefined
  #headers: RequestHeaders | undefined = undefined
  #bare = false
  #headersSent = false
  #kept: Uint8Array[] = []
  #keptBytes = 0
  #trailers: HeaderMap | undefined = undefined
  #ended = false
  /** The filters are not to send more for now. */
  #blocked = false
  /** Disables by the filters of what the router sends. */
  #holds = 0
  /** Disables by the router of what the host sends. */
  #disables = 0
  #responseFull = false
  #over = false

  constructor(chain: HttpFilterChain, owner: TryOwner, stream: TerminalStream, world: TryWorld) {
    this.#owner = owner
    this.#stream = stream
    this.#chain = new TryChain(chain, new TowardsRouter(owner, this), stream, this, world)
  }

  // ── the request, from the router ──

  encodeHeaders(headers: RequestHeaders, endStream: boolean): void {
    this.#chain.start(headers, endStream)
  }
  encodeData(chunk: Uint8Array, endStream: boolean): boolean {
    this.#chain.requestData(chunk, endStream)
    return this.#holds === 0
  }
  encodeTrailers(trailers: HeaderMap): void {
    this.#chain.requestTrailersReceived(trailers)
  }
  reset(reason: ResetReason): void {
    const upstream = this.#upstream
    this.#end()
    upstream?.reset(reason)
  }
  readDisable(disable: boolean): void {
    this.#disables += disable ? 1 : -1
    this.#upstream?.readDisable(disable)
  }

  // ── the request, from the filters ──

  sendHeaders(headers: RequestHeaders, endStream: boolean): void {
    this.#headers = headers
    this.#bare = this.#ended = endStream
    this.#flush()
  }

  sendData(chunk: Uint8Array, endStream: boolean): void {
    this.#ended = endStream
    if (this.#headersSent) {
      if (!this.#upstream!.encodeData(chunk, endStream)) this.#block(true)
      return this.#owner.onForwarded(chunk.length, endStream)
    }
    this.#kept.push(new Uint8Array(chunk))
    this.#keptBytes += chunk.length
    if (this.#keptBytes > this.#stream.bufferLimit) this.#block(true)
  }

  sendTrailers(trailers: HeaderMap): void {
    this.#ended = true
    this.#trailers = trailers
    if (this.#headersSent) this.#sendTrailers(trailers)
  }

  #sendTrailers(trailers: HeaderMap): void {
    this.#upstream!.encodeTrailers(trailers)
    this.#owner.onForwarded(0, true)
  }

  /** Sends what waited for the connection. */
  #flush(): void {
    const upstream = this.#upstream
    if (upstream === undefined || this.#headers === undefined || this.#headersSent) return
    this.#headersSent = true
    upstream.encodeHeaders(this.#headers, this.#bare)
    if (this.#bare) return this.#owner.onForwarded(0, true)
    const kept = this.#kept.splice(0)
    let room = true
    for (let i = 0; i < kept.length && !this.#over; i++) {
      const last = this.#ended && this.#trailers === undefined && i === kept.length - 1
      room = upstream.encodeData(kept[i]!, last)
      this.#owner.onForwarded(kept[i]!.length, last)
    }
    if (this.#trailers !== undefined && !this.#over) this.#sendTrailers(this.#trailers)
    this.#block(!room && !this.#ended)
  }

  #block(blocked: boolean): void {
    if (blocked === this.#blocked || this.#over) return
    this.#blocked = blocked
    this.#chain.requestReadDisable(blocked)
  }

  /** The filters hold what the router sends, or let go. */
  holdRequest(disable: boolean): void {
    this.#holds += disable ? 1 : -1
    if (this.#holds === 0 && !this.#over) this.#owner.onWritable()
  }

  replied(reply: LocalReply): void {
    this.#owner.onFilterReply(reply)
  }

  /** A filter ended the try: as if the host had. */
  givenUp(): void {
    const upstream = this.#upstream
    if (this.#over) return
    this.#over = true
    this.#upstream = undefined
    upstream?.reset('local reset')
    this.#owner.onReset('local reset', '')
  }

  #end(): void {
    this.#over = true
    this.#upstream = undefined
    this.#kept = []
    this.#chain.finish()
  }

  // ── the pool ──

  onPoolReady(encoder: RequestEncoder, host: Host, connection: UpstreamConnection): void {
    if (this.#over) return encoder.reset('local reset')
    this.#upstream = encoder
    this.bytes = encoder.bytes
    for (let i = 0; i < this.#disables; i++) encoder.readDisable(true)
    this.#owner.onPoolReady(this, host, connection)
    this.#flush()
  }
  onPoolFailure(reason: PoolFailure, host: Host | undefined, details: string): void {
    if (this.#over) return
    this.#end()
    this.#owner.onPoolFailure(reason, host, details)
  }

  // ── the response ──

  onInformational(headers: ResponseHeaders): void {
    this.#chain.encodeInformational(headers)
  }
  onHeaders(headers: ResponseHeaders, endStream: boolean): void {
    this.#stream.info.details = 'via_upstream'
    this.#chain.encodeHeaders(headers, endStream)
  }
  onData(chunk: Uint8Array, endStream: boolean): void {
    if (this.#chain.encodeData(chunk, endStream) || endStream || this.#responseFull) return
    this.#responseFull = true
    this.#upstream?.readDisable(true)
  }
  onTrailers(trailers: HeaderMap): void {
    this.#chain.encodeTrailers(trailers)
  }
  onReset(reason: ResetReason, details: string): void {
    if (this.#over) return
    this.#end()
    this.#owner.onReset(reason, details)
  }
  onWritable(): void {
    this.#block(false)
  }
  resumeResponse(): void {
    if (!this.#responseFull) return
    this.#responseFull = false
    this.#upstream?.readDisable(false)
  }
}

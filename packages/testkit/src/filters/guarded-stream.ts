import {
  type HeaderMap,
  HeaderTable,
  type RequestHeaders,
  type ResetReason,
  type ResponseHeaders,
  type Span,
} from '@nuncio/core'
import type { StreamInfo } from '@nuncio/core'
import type { AbortSignalLike, FilterStream } from '@nuncio/filter-chain'

type Route = ReturnType<FilterStream['route']>

/**
 * A stream as one filter under test sees it. Once the stream is over every call that would act on it is told to `late`
 * and goes no further.
 */
export class GuardedStream implements FilterStream {
  over = false
  readonly #inner: FilterStream
  readonly #late: (call: string) => void

  constructor(inner: FilterStream, late: (call: string) => void) {
    this.#inner = inner
    this.#late = late
  }

  #refuses(call: string): boolean {
    if (this.over) this.#late(call)
    return this.over
  }

  get requestHeaders(): RequestHeaders {
    return this.#inner.requestHeaders
  }
  get requestTrailers(): HeaderMap | undefined {
    return this.#inner.requestTrailers
  }
  get responseHeaders(): ResponseHeaders | undefined {
    return this.#inner.responseHeaders
  }
  get responseTrailers(): HeaderMap | undefined {
    return this.#inner.responseTrailers
  }
  get info(): StreamInfo {
    return this.#inner.info
  }
  get span(): Span {
    return this.#inner.span
  }
  get random(): number {
    return this.#inner.random
  }
  get upgraded(): boolean {
    return this.#inner.upgraded
  }
  get signal(): AbortSignalLike {
    return this.#inner.signal
  }
  route(): Route {
    return this.#inner.route()
  }
  clearRouteCache(): void {
    if (!this.#refuses('clearRouteCache')) this.#inner.clearRouteCache()
  }
  overrideUpstreamHost(address: string, strict?: { readonly status: number }): void {
    if (!this.#refuses('overrideUpstreamHost')) this.#inner.overrideUpstreamHost(address, strict)
  }
  async bufferRequest(maxBytes: number): Promise<Uint8Array | undefined> {
    return this.#refuses('bufferRequest') ? undefined : await this.#inner.bufferRequest(maxBytes)
  }
  get bufferedRequest(): Uint8Array {
    return this.#inner.bufferedRequest
  }
  async bufferResponse(maxBytes: number): Promise<Uint8Array | undefined> {
    return this.#refuses('bufferResponse') ? undefined : await this.#inner.bufferResponse(maxBytes)
  }
  get clusterName(): string {
    return this.#inner.clusterName
  }
  get localReplyBody(): Uint8Array {
    return this.#inner.localReplyBody
  }
  get bufferedResponse(): Uint8Array {
    return this.#inner.bufferedResponse
  }
  streamRequest(maxBytes: number, bodyOver: () => void): void {
    if (!this.#refuses('streamRequest')) this.#inner.streamRequest(maxBytes, bodyOver)
  }
  streamResponse(maxBytes: number, bodyOver: () => void): void {
    if (!this.#refuses('streamResponse')) this.#inner.streamResponse(maxBytes, bodyOver)
  }
  restart(change: (headers: RequestHeaders) => void): boolean {
    return !this.#refuses('restart') && this.#inner.restart(change)
  }
  setBufferedRequest(body: Uint8Array): void {
    if (!this.#refuses('setBufferedRequest')) this.#inner.setBufferedRequest(body)
  }
  setBufferedResponse(body: Uint8Array): void {
    if (!this.#refuses('setBufferedResponse')) this.#inner.setBufferedResponse(body)
  }
  addRequestData(chunk: Uint8Array): void {
    if (!this.#refuses('addRequestData')) this.#inner.addRequestData(chunk.slice())
  }
  addResponseData(chunk: Uint8Array): void {
    if (!this.#refuses('addResponseData')) this.#inner.addResponseData(chunk.slice())
  }
  addRequestTrailers(): HeaderMap {
    return this.#refuses('addRequestTrailers') ? new HeaderTable() : this.#inner.addRequestTrailers()
  }
  addResponseTrailers(): HeaderMap {
    return this.#refuses('addResponseTrailers') ? new HeaderTable() : this.#inner.addResponseTrailers()
  }
  reset(reason: ResetReason, details: string): void {
    if (!this.#refuses('reset')) this.#inner.reset(reason, details)
  }
}

import { type HeaderMap, type RequestHeaders, StreamInfo } from '@nuncio/core'
import {
  ChainStream,
  type AbortSignalLike,
  type HttpFilterChain,
  type LocalReply,
  type TerminalStream,
  type UpstreamStream,
} from '@nuncio/filter-chain'
import type { Route } from '@nuncio/router'
import type { FilteredTry } from './filtered-try.ts'
import type { TowardsRouter } from './towards-router.ts'

/** What chains of tries need of the world. */
export interface TryWorld {
  nowMs(): number
  filterError(name: string, error: unknown): void
  abortController(): { readonly signal: AbortSignalLike; abort(): void }
}

/**
 * The filters of one try. They see the story of the request, to which what they say belongs; how the try itself fares
 * is told apart. What one of them answers by itself answers the request.
 */
export class TryChain extends ChainStream implements UpstreamStream {
  readonly #of: TerminalStream
  readonly #to: FilteredTry
  readonly #world: TryWorld

  constructor(chain: HttpFilterChain, router: TowardsRouter, of: TerminalStream, to: FilteredTry, world: TryWorld) {
    super(chain, router, of.info, of.random, of.bufferLimit)
    this.told = new StreamInfo(of.info.connection, world.nowMs(), 0)
    this.upgraded = of.upgraded
    this.span = of.span
    this.#of = of
    this.#to = to
    this.#world = world
  }

  sendHeaders(headers: RequestHeaders, endStream: boolean): void {
    this.#to.sendHeaders(headers, endStream)
  }
  sendData(chunk: Uint8Array, endStream: boolean): void {
    this.#to.sendData(chunk, endStream)
  }
  sendTrailers(trailers: HeaderMap): void {
    this.#to.sendTrailers(trailers)
  }
  resumeResponse(): void {
    this.#to.resumeResponse()
  }

  override chunkKept(): void {
    this.#of.chunkKept()
  }

  override sendLocalReply(reply: LocalReply): void {
    if (!this.done) this.#to.replied(reply)
  }
  override sendLocalReplyPastFilters(reply: LocalReply): void {
    this.sendLocalReply(reply)
  }

  protected override selectRoute(): Route | undefined {
    return this.#of.route()
  }
  protected override finalizeResponse(): void {}
  protected override streamDone(): void {}
  protected override filterError(name: string, error: unknown): void {
    this.#world.filterError(name, error)
  }
  protected override nowMs(): number {
    return this.#world.nowMs()
  }
  override wakeAt(): void {}
  protected override makeAbort(): { readonly signal: AbortSignalLike; abort(): void } {
    return this.#world.abortController()
  }
}

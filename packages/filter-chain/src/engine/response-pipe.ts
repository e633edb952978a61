import type { DataVerdict, HttpFilter, Verdict } from '../filter.ts'
import { type LocalReply, localReply } from '../local-reply.ts'
import type { ChainStream } from './chain-stream.ts'
import { Pipe } from './pipe.ts'

const NO_STATUS = localReply(502, 'filter_removed_required_response_headers{missing_required_header:_:status}', {
  body: 'missing required header: :status',
})

/** The response's way back: the same filters in reverse order, to the codec. */
export class ResponsePipe extends Pipe {
  readonly #stream: ChainStream

  /** `filters` in the order of the chain, without the terminal one. */
  constructor(stream: ChainStream, filters: readonly HttpFilter[], limitBytes: number) {
    super(filters.toReversed(), limitBytes)
    this.#stream = stream
  }

  protected override callHeaders(filter: HttpFilter, end: boolean): Verdict {
    return filter.onResponseHeaders?.(this.#stream.responseHeaders!, this.#stream, end)
  }
  protected override callData(filter: HttpFilter, chunk: Uint8Array, end: boolean): DataVerdict {
    return filter.onResponseData?.(chunk, this.#stream, end)
  }
  protected override callTrailers(filter: HttpFilter): Verdict {
    return filter.onResponseTrailers?.(this.#stream.responseTrailers!, this.#stream)
  }
  protected override emitHeaders(end: boolean): void {
    // False of NaN, too: what a filter set was no number.
    if (this.#stream.responseHeaders!.status > 0) this.#stream.codecHeaders(end)
    else this.#stream.sendLocalReplyPastFilters(NO_STATUS)
  }
  protected override emitData(chunk: Uint8Array, end: boolean): void {
    this.#stream.codecData(chunk, end)
  }
  protected override emitTrailers(): void {
    this.#stream.codecTrailers()
  }
  protected override get blocked(): boolean {
    return this.#stream.responseBlocked
  }
  protected override pause(paused: boolean): void {
    this.#stream.responsePressure(paused)
  }
  protected override reply(reply: LocalReply): void {
    this.#stream.sendLocalReplyPastFilters(reply)
  }
  protected override chunkKept(): void {
    this.#stream.chunkKept()
  }

  protected override fail(filter: HttpFilter, error: unknown): void {
    this.#stream.filterFailed(filter, error)
  }
}

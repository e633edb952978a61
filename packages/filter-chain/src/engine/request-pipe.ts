import type { DataVerdict, HttpFilter, Verdict } from '../filter.ts'
import type { LocalReply } from '../local-reply.ts'
import type { ChainStream } from './chain-stream.ts'
import { Pipe } from './pipe.ts'

/** The request's way through the filters, to the terminal one. */
export class RequestPipe extends Pipe {
  readonly #stream: ChainStream

  constructor(stream: ChainStream, filters: readonly HttpFilter[], limitBytes: number) {
    super(filters, limitBytes)
    this.#stream = stream
  }

  protected override callHeaders(filter: HttpFilter, end: boolean): Verdict {
    return filter.onRequestHeaders?.(this.#stream.requestHeaders, this.#stream, end)
  }
  protected override callData(filter: HttpFilter, chunk: Uint8Array, end: boolean): DataVerdict {
    return filter.onRequestData?.(chunk, this.#stream, end)
  }
  protected override callTrailers(filter: HttpFilter): Verdict {
    return filter.onRequestTrailers?.(this.#stream.requestTrailers!, this.#stream)
  }
  protected override emitHeaders(end: boolean): void {
    this.#stream.terminalHeaders(end)
  }
  protected override emitData(chunk: Uint8Array, end: boolean): void {
    this.#stream.terminalData(chunk, end)
  }
  protected override emitTrailers(): void {
    this.#stream.terminalTrailers()
  }
  protected override get blocked(): boolean {
    return this.#stream.requestBlocked
  }
  protected override pause(paused: boolean): void {
    this.#stream.requestPressure(paused)
  }
  protected override reply(reply: LocalReply): void {
    this.#stream.sendLocalReply(reply)
  }
  protected override chunkKept(): void {
    this.#stream.chunkKept()
  }

  protected override fail(filter: HttpFilter, error: unknown): void {
    this.#stream.filterFailed(filter, error)
  }
}

import { latin1Text, type ResponseEncoder, type ResponseHeaders, type StreamInfo } from '@nuncio/core'
import { ChainStream, type HttpFilterChain, type HttpFilterDefinition, type TerminalFilter } from '@nuncio/filter-chain'
import type { Route } from '@nuncio/router'

/** What a filter answered in place of an upstream. */
export interface DryAnswer {
  status: number
  headers: ResponseHeaders | undefined
  body: string
}

/** The route as filters see it: chosen once, and again when one of them says so. */
export interface RouteMemory {
  route: Route | undefined
  /** That of the route, by the request as it was then; '' = none. */
  clusterName: string
  /** Chooses by the request as it is now. */
  chooseAnew(): void
}

/** Takes an answer that goes to nobody. */
class AnswerTaker implements ResponseEncoder {
  readonly unwritten = 0
  readonly answer: DryAnswer = { status: 0, headers: undefined, body: '' }

  encodeInformational(): void {}
  encodeHeaders(headers: ResponseHeaders): void {
    this.answer.status = headers.status
    this.answer.headers = headers
  }
  encodeData(chunk: Uint8Array): boolean {
    this.answer.body += latin1Text(chunk)
    return true
  }
  encodeTrailers(): void {}
  reset(): void {}
  readDisable(): void {}
}

export const END_TYPE = 'nuncio.checks.v1.EndOfChain'

/** Stands where the router filter would, and forwards nothing. */
export const endOfChain: HttpFilterDefinition = {
  name: 'end',
  config: { type: END_TYPE, honours: {} },
  stability: 'stable',
  terminal: true,
  create: () => () =>
    ({
      onRequestHeaders(_, stream) {
        ;(stream as DryStream).passed = true
      },
      onRequestData() {},
      onRequestTrailers() {},
      onDownstreamWritable() {},
      abandon() {},
    }) satisfies TerminalFilter,
}

/** One request through one filter, without a connection, an upstream or time. */
export class DryStream extends ChainStream {
  /** Whether the filter let the request go on. */
  passed = false
  /** What the filter threw. */
  error: unknown = undefined
  readonly #memory: RouteMemory
  readonly #taker: AnswerTaker

  constructor(chain: HttpFilterChain, info: StreamInfo, random: number, memory: RouteMemory) {
    const taker = new AnswerTaker()
    super(chain, taker, info, random, BUFFER_LIMIT)
    this.#taker = taker
    this.#memory = memory
  }

  get answer(): DryAnswer {
    return this.#taker.answer
  }

  override get clusterName(): string {
    return this.#memory.clusterName
  }
  override clearRouteCache(): void {
    super.clearRouteCache()
    this.#memory.chooseAnew()
  }
  protected override selectRoute(): Route | undefined {
    return this.#memory.route
  }
  protected override finalizeResponse(): void {}
  protected override filterError(_name: string, error: unknown): void {
    this.error ??= error
  }
  protected override streamDone(): void {}
  protected override nowMs(): number {
    return 0
  }
  override wakeAt(): void {}
  protected override makeAbort(): never {
    throw new Error('a request without a connection cannot be aborted')
  }
}

const BUFFER_LIMIT = 1 << 20

import type { HeaderMap, RequestHeaders, ResponseHeaders } from '@nuncio/core'
import { type DataAnswer, type DataVerdict, type FilterStream, type HttpFilter, LocalReply, MoreData, type Verdict } from '@nuncio/filter-chain' // prettier-ignore

type HeadHook = (filter: HttpFilter) => Verdict
type DataHook = (filter: HttpFilter, chunk: Uint8Array) => DataVerdict

/** One direction of the filters: their order, and who is asked for more. */
class Direction {
  readonly #filters: readonly HttpFilter[]
  /** The filter that answered `MoreData`: the next chunk is its own, and those before it have had theirs. */
  #asked = 0

  constructor(filters: readonly HttpFilter[]) {
    this.#filters = filters
  }

  head(hook: HeadHook, from = 0): Verdict {
    for (let i = from; i < this.#filters.length; i++) {
      const verdict = hook(this.#filters[i]!)
      if (verdict instanceof LocalReply) return verdict
      if (verdict !== undefined) return verdict.then((reply) => reply ?? this.head(hook, i + 1))
    }
    return undefined
  }

  data(hook: DataHook, chunk: Uint8Array): DataVerdict {
    const from = this.#asked
    this.#asked = 0
    return this.#flow(hook, chunk, from)
  }

  #flow(hook: DataHook, chunk: Uint8Array, from: number): DataVerdict {
    let bytes = chunk
    for (let i = from; i < this.#filters.length; i++) {
      const verdict = hook(this.#filters[i]!, bytes)
      if (verdict instanceof Promise) return verdict.then((answer) => this.#answered(hook, answer, bytes, i))
      if (verdict instanceof LocalReply || verdict instanceof MoreData) return this.#answered(hook, verdict, bytes, i)
      bytes = verdict ?? bytes
    }
    return bytes
  }

  #answered(hook: DataHook, answer: DataAnswer, chunk: Uint8Array, at: number): DataVerdict {
    if (answer instanceof LocalReply) return answer
    if (!(answer instanceof MoreData)) return this.#flow(hook, answer ?? chunk, at + 1)
    this.#asked = at
    const rest = this.#flow(hook, answer.chunk, at + 1)
    return rest instanceof Promise ? rest.then(more) : more(rest)
  }
}

function more(answer: DataAnswer): DataAnswer {
  return answer instanceof Uint8Array ? new MoreData(answer) : answer
}

/**
 * Several filters in the place of one. A request passes them in their order, a response in the reverse. A filter that
 * reads a whole body takes it past the others: it comes last.
 */
export class FilterSequence implements HttpFilter {
  readonly #filters: readonly HttpFilter[]
  readonly #request: Direction
  readonly #response: Direction

  constructor(filters: readonly HttpFilter[]) {
    this.#filters = filters
    this.#request = new Direction(filters)
    this.#response = new Direction(filters.toReversed())
  }

  onRequestHeaders(headers: RequestHeaders, stream: FilterStream, endStream: boolean): Verdict {
    return this.#request.head((filter) => filter.onRequestHeaders?.(headers, stream, endStream))
  }
  onRequestData(chunk: Uint8Array, stream: FilterStream, endStream: boolean): DataVerdict {
    return this.#request.data((filter, bytes) => filter.onRequestData?.(bytes, stream, endStream), chunk)
  }
  onRequestTrailers(trailers: HeaderMap, stream: FilterStream): Verdict {
    return this.#request.head((filter) => filter.onRequestTrailers?.(trailers, stream))
  }
  onResponseHeaders(headers: ResponseHeaders, stream: FilterStream, endStream: boolean): Verdict {
    return this.#response.head((filter) => filter.onResponseHeaders?.(headers, stream, endStream))
  }
  onResponseData(chunk: Uint8Array, stream: FilterStream, endStream: boolean): DataVerdict {
    return this.#response.data((filter, bytes) => filter.onResponseData?.(bytes, stream, endStream), chunk)
  }
  onResponseTrailers(trailers: HeaderMap, stream: FilterStream): Verdict {
    return this.#response.head((filter) => filter.onResponseTrailers?.(trailers, stream))
  }
  onComplete(stream: FilterStream): void {
    for (const filter of this.#filters) filter.onComplete?.(stream)
  }
}

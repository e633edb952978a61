import type { HeaderMap, RequestHeaders, ResponseHeaders } from '@nuncio/core'
import type { FilterContext, FilterStream, HttpFilter, Verdict } from '@nuncio/filter-chain'
import { DelegatingFilter } from '../composite/index.ts'
import { decide, SKIP, type StreamMatcher, UNDECIDED } from './stream-matcher.ts'

/** What the filters of one configuration share. */
export interface MatchSettings {
  readonly matcher: StreamMatcher | undefined
  readonly context: FilterContext<StreamMatcher | undefined>
}

/** Runs a filter, unless a matcher says otherwise; the filter is told of what else the matcher says. */
export class MatchDelegate extends DelegatingFilter {
  readonly #settings: MatchSettings
  readonly #filter: HttpFilter
  #decided = false

  constructor(settings: MatchSettings, filter: HttpFilter) {
    super()
    this.#settings = settings
    this.#filter = this.delegate = filter
  }

  override onRequestHeaders(headers: RequestHeaders, stream: FilterStream, endStream: boolean): Verdict {
    this.#ask(stream)
    return super.onRequestHeaders(headers, stream, endStream)
  }
  override onRequestTrailers(trailers: HeaderMap, stream: FilterStream): Verdict {
    this.#ask(stream)
    return super.onRequestTrailers(trailers, stream)
  }
  override onResponseHeaders(headers: ResponseHeaders, stream: FilterStream, endStream: boolean): Verdict {
    this.#ask(stream)
    return super.onResponseHeaders(headers, stream, endStream)
  }
  override onResponseTrailers(trailers: HeaderMap, stream: FilterStream): Verdict {
    this.#ask(stream)
    return super.onResponseTrailers(trailers, stream)
  }
  /** A filter that was skipped may have begun something before that. */
  override onComplete(stream: FilterStream): void {
    this.#filter.onComplete?.(stream)
  }

  #ask(stream: FilterStream): void {
    if (this.#decided) return
    const { matcher: own, context } = this.#settings
    const matcher = context.routeConfig(stream) ?? own
    // Without any matcher the filter never runs.
    const action = matcher === undefined ? SKIP : decide(matcher, stream)
    if (action === UNDECIDED) return
    this.#decided = true
    if (action === SKIP) this.delegate = undefined
    else if (action !== undefined) this.#filter.onMatch?.(action, stream)
  }
}

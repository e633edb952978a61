import { formatContext } from '@nuncio/access-log'
import type { Cluster } from '@nuncio/cluster'
import type { ResetReason, Span } from '@nuncio/core'
import type { TerminalStream } from '@nuncio/filter-chain'
import type { HttpTracing, RouteTracing } from '@nuncio/tracing'
import type { TryStory } from './try-story.ts'

/** The span of one try at one host. */
export class TrySpan {
  readonly span: Span
  readonly #tracing: HttpTracing

  private constructor(span: Span, tracing: HttpTracing) {
    this.span = span
    this.#tracing = tracing
  }

  /** Undefined where tries have no spans, or nobody would see them. `forced`: the router filter asks for them. */
  static begin({ info, trace, span }: TerminalStream, cluster: Cluster, forced: boolean): TrySpan | undefined {
    if (trace === undefined || !span.recording || !(trace.tracing.spawnsUpstream || forced)) return undefined
    const child = span.child(`router ${cluster.info.statName} egress`)
    if (info.attempts > 1) child.setAttribute('retry.count', String(info.attempts - 1))
    return new TrySpan(child, trace.tracing)
  }

  failed(reason: ResetReason): void {
    this.span.setAttribute('error', 'true')
    this.span.setAttribute('error.reason', reason)
  }

  /** `cancelled`: nobody waited for its end. */
  finish({ info, request, response, trailers }: TryStory, cancelled: boolean, route: RouteTracing | undefined): void {
    if (cancelled) this.span.setAttribute('canceled', 'true')
    this.#tracing.finishTry(this.span, formatContext(info, request, response, trailers), route)
  }
}

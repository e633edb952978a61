import type { ClusterInfo } from '@nuncio/cluster'
import { Flag, type RequestHeaders, type ResponseHeaders } from '@nuncio/core'
import {
  type FilterContext,
  type FilterStream,
  type HttpFilter,
  type LocalReply,
  localReply,
  type Verdict,
} from '@nuncio/filter-chain'
import type { LimitAnswer } from '@nuncio/guards'
import type { RateLimitDescriptor } from '@nuncio/router'
import { formattingOf } from '../header-lists/header-list.ts'
import { limitHeaders, secondsToReset } from './limit-headers.ts'
import type { RateLimitSettings, RouteLimits } from './settings.ts'

type Lines = readonly (readonly [string, string])[]

const NO_LINES: Lines = []
/** Details of what is over its limit. */
const LIMITED = 'request_rate_limited'

/** Asks about one request, and does what the answer says. */
export class RateLimitFilter implements HttpFilter {
  readonly #settings: RateLimitSettings
  readonly #context: FilterContext<RouteLimits>
  #responseLines = NO_LINES
  #concerned = false

  constructor(settings: RateLimitSettings, context: FilterContext<RouteLimits>) {
    this.#settings = settings
    this.#context = context
  }

  onRequestHeaders(headers: RequestHeaders, stream: FilterStream): Verdict {
    if (!this.#settings.concerns(headers, stream)) return
    const cluster = this.#clusterOf(stream)
    if (cluster === undefined) return
    this.#concerned = true
    const descriptors = this.#settings.describe(stream, false)
    if (descriptors.length > 0) return this.#ask(descriptors, cluster, stream)
  }

  onResponseHeaders(headers: ResponseHeaders): void {
    for (const [name, value] of this.#responseLines) headers.append(name, value)
  }

  onComplete(stream: FilterStream): void {
    if (!this.#concerned) return
    const descriptors = this.#settings.describe(stream, true)
    // Nobody waits for the answer: the request is over.
    if (descriptors.length > 0) void this.#send(descriptors, stream, false)
  }

  #send(descriptors: readonly RateLimitDescriptor[], stream: FilterStream, waits: boolean): Promise<LimitAnswer> {
    const settings = this.#settings
    const question = { domain: settings.domainOf(stream), descriptors, hits: settings.hitsOf(stream) }
    const { span } = stream
    return settings.service.ask(question, formattingOf(stream), waits ? { signal: stream.signal, span } : { span })
  }

  async #ask(
    descriptors: readonly RateLimitDescriptor[],
    cluster: ClusterInfo,
    stream: FilterStream,
  ): Promise<void | LocalReply> {
    const answer = await this.#send(descriptors, stream, true)
    if (answer.metadata !== undefined) stream.info.setMetadata(this.#settings.metadataNamespace, answer.metadata)
    if (answer.verdict === 'error') return this.#withoutAnswer(cluster, stream)
    const lines = [...answer.responseHeaders, ...limitHeaders(this.#told(answer, descriptors))]
    const stats = this.#settings.statsOf(cluster)
    if (answer.verdict === 'over') {
      stats.over.inc()
      cluster.stats.chargeOwn(this.#settings.limitedStatus)
      if (this.#settings.limitedHeader) lines.push(['x-envoy-ratelimited', 'true'])
      if (this.#settings.enforced.selects(stream.random)) return this.#refuse(answer, lines, stream)
    } else stats.ok.inc()
    this.#responseLines = lines
    for (const [name, value] of answer.requestHeaders) stream.requestHeaders.append(name, value)
  }

  /** The statuses that x-ratelimit headers tell of. */
  #told({ statuses }: LimitAnswer, descriptors: readonly RateLimitDescriptor[]): LimitAnswer['statuses'] {
    const { limitHeaders: all } = this.#settings
    return statuses.filter((_, i) => {
      const wish = descriptors[i]?.headers ?? 'UNSPECIFIED'
      return wish === 'UNSPECIFIED' ? all : wish === 'DRAFT_VERSION_03'
    })
  }

  #refuse({ body, statuses }: LimitAnswer, lines: Lines, stream: FilterStream): LocalReply {
    const settings = this.#settings
    const reset = settings.retryAfter ? secondsToReset(statuses) : undefined
    return localReply(settings.limitedStatus, LIMITED, {
      body,
      headers: lines,
      flags: Flag.RL,
      grpcStatus: settings.limitedGrpcStatus,
      change: (headers) => {
        settings.additions?.apply(headers, formattingOf(stream))
        headers.remove('content-length')
        // What the service says itself counts more.
        if (reset !== undefined && !headers.has('retry-after')) headers.append('retry-after', reset)
      },
    })
  }

  #withoutAnswer(cluster: ClusterInfo, stream: FilterStream): void | LocalReply {
    const stats = this.#settings.statsOf(cluster)
    stats.error.inc()
    if (!this.#settings.deniesWithoutAnswer(stream)) return stats.failureModeAllowed.inc()
    return localReply(this.#settings.statusOnError, 'rate_limiter_error', { flags: Flag.RLSE })
  }

  #clusterOf({ clusterName }: FilterStream): ClusterInfo | undefined {
    return this.#context.clusters.get(clusterName)?.info
  }
}

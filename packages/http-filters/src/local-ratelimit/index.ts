import { envoyMessage, type Message } from '@nuncio/config'
import { Flag, type RequestHeaders, type ResponseHeaders, type TokenBucket } from '@nuncio/core'
import {
  type FilterContext,
  type FilterStream,
  type HttpFilter,
  type HttpFilterDefinition,
  localReply,
  type LocalReply,
  type Verdict,
} from '@nuncio/filter-chain'
import { configPlace } from '@nuncio/matching'
import { applyToRequest, formattingOf } from '../header-lists/header-list.ts'
import { localRateLimitHonours } from './honours.ts'
import { LocalRateLimit } from './limit.ts'

type Config = Message<'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit'>
type Context = FilterContext<LocalRateLimit>

/** Details of what is over its limit, and the body of its answer. */
const LIMITED = 'local_rate_limited'

class LocalRateLimitFilter implements HttpFilter {
  readonly #own: LocalRateLimit
  readonly #context: Context
  /** The bucket that was asked, when its state is told to the client. */
  #told: TokenBucket | undefined = undefined

  constructor(own: LocalRateLimit, context: Context) {
    this.#own = own
    this.#context = context
  }

  onRequestHeaders(headers: RequestHeaders, stream: FilterStream): Verdict {
    const limit = this.#context.routeConfig(stream) ?? this.#own
    if (limit.enabled?.selects(stream.random) !== true) return
    const { stats } = limit
    stats.enabled.inc()
    const now = this.#context.time.monotonicMs()
    const outcome = limit.limiter(stream.info.connection).ask(limit.describe(stream), now, limit.proxies)
    if (outcome.headers === 'UNSPECIFIED' ? limit.rateLimitHeaders : outcome.headers === 'DRAFT_VERSION_03')
      this.#told = outcome.bucket
    if (outcome.allowed && !outcome.shadowed) {
      stats.ok.inc()
      return
    }
    stats.limited.inc()
    if (outcome.shadowed) {
      stats.shadowed.inc()
      return
    }
    if (limit.enforced?.selects(stream.random) === true) return this.#refuse(limit, outcome.bucket, stream)
    applyToRequest(limit.requestAdditions, headers, stream)
  }

  onResponseHeaders(headers: ResponseHeaders): void {
    const bucket = this.#told
    if (bucket === undefined) return
    const now = this.#context.time.monotonicMs()
    headers.append('x-ratelimit-limit', String(bucket.size.maxTokens))
    headers.append('x-ratelimit-remaining', String(bucket.remaining(now)))
    headers.append('x-ratelimit-reset', secondsToToken(bucket, now))
  }

  #refuse(limit: LocalRateLimit, bucket: TokenBucket | undefined, stream: FilterStream): LocalReply {
    limit.stats.enforced.inc()
    // A share of a limit may be refused while there is a token: there is no coming back at once.
    const retry = limit.retryAfter && bucket !== undefined ? retryAfter(bucket, this.#context.time.monotonicMs()) : ''
    return localReply(limit.status, LIMITED, {
      body: LIMITED,
      grpcStatus: limit.grpcStatus,
      change: (headers) => {
        limit.responseAdditions?.apply(headers, formattingOf(stream))
        // Headers of its own do not know it yet, as in Envoy.
        stream.info.setFlag(Flag.RL)
        if (retry !== '' && !headers.has('retry-after')) headers.append('retry-after', retry)
      },
    })
  }
}

function retryAfter(bucket: TokenBucket, nowMs: number): string {
  return String(Math.max(1, Number(secondsToToken(bucket, nowMs))))
}

/** Whole seconds until there is a token. */
function secondsToToken(bucket: TokenBucket, nowMs: number): string {
  return String(Math.ceil(bucket.nextTokenMs(nowMs) / 1000))
}

/** `envoy.filters.http.local_ratelimit`: lets through as many requests as a token bucket of this process allows. */
export const localRateLimit: HttpFilterDefinition<Config, LocalRateLimit> = {
  name: 'envoy.filters.http.local_ratelimit',
  config: envoyMessage('envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit', localRateLimitHonours),
  routeConfig: envoyMessage('envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit', localRateLimitHonours),
  stability: 'stable',
  create: (config, context) => {
    const own = new LocalRateLimit(config, configPlace(config, context), context)
    return () => new LocalRateLimitFilter(own, context)
  },
  createRoute: (config, context) => {
    const place = configPlace(config as object, context)
    if ((config as Config).token_bucket === undefined)
      place.error('missing-field', 'a local rate limit of a route needs a token_bucket')
    return new LocalRateLimit(config as Config, place, context)
  },
}

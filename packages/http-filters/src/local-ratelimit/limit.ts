import type { Message } from '@nuncio/config'
import { type BucketSize, type ConnectionInfo, type Counter, type TimeSource, TokenBucket } from '@nuncio/core'
import type { FilterContext } from '@nuncio/filter-chain'
import { compileRuntimeFraction, type ConfigPlace, type RuntimeFraction } from '@nuncio/matching'
import type { HeaderMutations } from '@nuncio/router'
import { compileAdditions } from '../header-lists/header-list.ts'
import { statusOf } from './status.ts'

type Config = Message<'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit'>

const MIN_FILL_MS = 50

/** One LocalRateLimit message, compiled, with its tokens. */
export class LocalRateLimit {
  readonly enabled: RuntimeFraction | undefined
  readonly enforced: RuntimeFraction | undefined
  readonly status: number
  /** -1 = from the HTTP status. */
  readonly grpcStatus: number
  readonly requestAdditions: HeaderMutations | undefined
  readonly responseAdditions: HeaderMutations | undefined
  readonly rateLimitHeaders: boolean
  readonly retryAfter: boolean
  readonly stats: LocalRateLimitStats
  readonly #time: TimeSource
  readonly #size: BucketSize | undefined
  readonly #shared: TokenBucket | undefined
  readonly #byConnection: WeakMap<ConnectionInfo, TokenBucket> | undefined

  constructor(config: Config, place: ConfigPlace, context: FilterContext<LocalRateLimit>) {
    const fraction = (field: 'filter_enabled' | 'filter_enforced'): RuntimeFraction | undefined =>
      config[field] && compileRuntimeFraction(config[field], place.at(field, config[field]))
    this.enabled = fraction('filter_enabled')
    this.enforced = fraction('filter_enforced')
    this.status = statusOf(config.status?.code)
    this.grpcStatus = config.rate_limited_as_resource_exhausted === true ? 8 : -1
    const additions = config.request_headers_to_add_when_not_enforced
    this.requestAdditions = compileAdditions('request', additions, place, context)
    this.responseAdditions = compileAdditions('response', config.response_headers_to_add, place, context)
    this.rateLimitHeaders = config.enable_x_ratelimit_headers === 'DRAFT_VERSION_03'
    this.retryAfter = config.enable_retry_after_header === true
    this.stats = new LocalRateLimitStats(config.stat_prefix ?? '', context)
    this.#time = context.time
    this.#size = bucketSize(config.token_bucket, place)
    const own = config.local_rate_limit_per_downstream_connection === true
    this.#byConnection = own ? new WeakMap() : undefined
    this.#shared = own || this.#size === undefined ? undefined : new TokenBucket(this.#size, this.#time.monotonicMs())
  }

  /** The bucket that a stream of this connection draws from; undefined: there is no limit. */
  bucket(connection: ConnectionInfo): TokenBucket | undefined {
    const byConnection = this.#byConnection
    if (byConnection === undefined || this.#size === undefined) return this.#shared
    let bucket = byConnection.get(connection)
    if (bucket === undefined)
      byConnection.set(connection, (bucket = new TokenBucket(this.#size, this.#time.monotonicMs())))
    return bucket
  }
}

function bucketSize(config: Config['token_bucket'], place: ConfigPlace): BucketSize | undefined {
  if (config === undefined) return undefined
  const { max_tokens: maxTokens = 0, tokens_per_fill: perFill = 1, fill_interval: interval = 0 } = config
  const at = place.at('token_bucket', config)
  if (interval < MIN_FILL_MS)
    at.at('fill_interval').error('out-of-range', 'a token bucket fills at most every 50 ms', 'write 0.05s or more')
  if (maxTokens < 1) at.at('max_tokens').error('out-of-range', 'a token bucket holds at least one token')
  return { maxTokens, rate: perFill / Math.max(interval, MIN_FILL_MS) }
}

/** `<stat_prefix>.http_local_rate_limit.*`, at the root of all statistics. */
export class LocalRateLimitStats {
  readonly enabled: Counter
  readonly enforced: Counter
  readonly limited: Counter
  readonly ok: Counter

  constructor(prefix: string, context: FilterContext<LocalRateLimit>) {
    const scope = context.stats.store.scope(`${prefix}.http_local_rate_limit.`)
    this.enabled = scope.counter('enabled')
    this.enforced = scope.counter('enforced')
    this.limited = scope.counter('rate_limited')
    this.ok = scope.counter('ok')
  }
}

import type { Message } from '@nuncio/config'
import type { ConnectionInfo, TimeSource } from '@nuncio/core'
import type { FilterContext, FilterStream } from '@nuncio/filter-chain'
import { compileRuntimeFraction, type ConfigPlace, type RuntimeFraction } from '@nuncio/matching'
import {
  compileRateLimits, describeRateLimits, type HeaderMutations, type RateLimit, type RateLimitDescriptor, RouteRateLimits,
} from '@nuncio/router' // prettier-ignore
import { compileAdditions, formatOptions } from '../header-lists/header-list.ts'
import { compileBucket, compileDescriptors } from './descriptors.ts'
import { type LimiterOptions, LocalRateLimiter } from './limiter.ts'
import { LocalRateLimitStats } from './stats.ts'
import { sharingCluster, siblingsIn } from './share.ts'
import { errorStatusOf } from '@nuncio/router'

type Config = Message<'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit'>

const DEFAULT_MAX_DYNAMIC = 20
const NO_DESCRIPTORS: readonly RateLimitDescriptor[] = []

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
  readonly #localCluster: string
  readonly #options: LimiterOptions
  readonly #shared: LocalRateLimiter | undefined
  readonly #byConnection: WeakMap<ConnectionInfo, LocalRateLimiter> | undefined
  /** The filter's own rate limits; those of the route are asked when it has none. */
  readonly #own: readonly RateLimit[]
  readonly #routes: RouteRateLimits
  readonly #context: FilterContext<LocalRateLimit>
  /** Whose members share the limits; undefined = nobody. */
  readonly #sharing: string | undefined

  constructor(config: Config, place: ConfigPlace, context: FilterContext<LocalRateLimit>) {
    const fraction = (field: 'filter_enabled' | 'filter_enforced'): RuntimeFraction | undefined =>
      config[field] && compileRuntimeFraction(config[field], place.at(field, config[field]))
    this.enabled = fraction('filter_enabled')
    this.enforced = fraction('filter_enforced')
    this.status = errorStatusOf(config.status?.code, 429)
    this.grpcStatus = config.rate_limited_as_resource_exhausted === true ? 8 : -1
    const additions = config.request_headers_to_add_when_not_enforced
    this.requestAdditions = compileAdditions('request', additions, place, context)
    this.responseAdditions = compileAdditions('response', config.response_headers_to_add, place, context)
    this.rateLimitHeaders = config.enable_x_ratelimit_headers === 'DRAFT_VERSION_03'
    // As in Envoy: of another status it would not say what it means.
    this.retryAfter = config.enable_retry_after_header === true && this.status === 429
    this.stats = new LocalRateLimitStats(config.stat_prefix ?? '', context)
    this.#time = context.time
    this.#localCluster = context.proxy.localCluster
    this.#options = limiterOptions(config, place)
    const own = config.local_rate_limit_per_downstream_connection === true
    this.#byConnection = own ? new WeakMap() : undefined
    this.#shared = own ? undefined : this.#limiter()
    this.#own = compileRateLimits(config.rate_limits, 'filter', place, formatOptions(context))
    this.#routes = routeLimits(config, this.#localCluster)
    this.#context = context
    const { local_cluster_rate_limit: shared } = config
    this.#sharing = shared && sharingCluster(own, place.at('local_cluster_rate_limit', shared), context)
  }

  #limiter(): LocalRateLimiter {
    return new LocalRateLimiter(this.#options, this.#time.monotonicMs())
  }

  /** How many proxies share the limits now. */
  get proxies(): number {
    return this.#sharing === undefined ? 1 : siblingsIn(this.#context.clusters, this.#sharing)
  }

  /** The buckets that streams of a connection draw from. */
  limiter(connection: ConnectionInfo): LocalRateLimiter {
    if (this.#shared !== undefined) return this.#shared
    let limiter = this.#byConnection!.get(connection)
    if (limiter === undefined) this.#byConnection!.set(connection, (limiter = this.#limiter()))
    return limiter
  }

  /** What a stream counts under, when there are limits for that. */
  describe(stream: FilterStream): readonly RateLimitDescriptor[] {
    if (this.#options.descriptors.length === 0) return NO_DESCRIPTORS
    return this.#own.length > 0
      ? describeRateLimits(this.#own, stream, this.#localCluster)
      : this.#routes.describe(stream)
  }
}

function limiterOptions(config: Config, place: ConfigPlace): LimiterOptions {
  return {
    size: config.token_bucket && compileBucket(config.token_bucket, place.at('token_bucket', config.token_bucket)),
    descriptors: compileDescriptors(config.descriptors, place),
    alwaysDefault: config.always_consume_default_token_bucket !== false,
    maxDynamic: config.max_dynamic_descriptors ?? DEFAULT_MAX_DYNAMIC,
  }
}

/** A local limit is not for the runtime to switch off by key: what has such a key is for the global filter. */
function routeLimits(config: Config, localCluster: string): RouteRateLimits {
  return new RouteRateLimits({
    stage: config.stage ?? 0,
    virtualHost: config.vh_rate_limits ?? 'OVERRIDE',
    localCluster,
    skips: ({ disableKey }) => disableKey !== '',
  })
}

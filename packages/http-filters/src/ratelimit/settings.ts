import type { ClusterInfo } from '@nuncio/cluster'
import type { Message } from '@nuncio/config'
import type { Counter, RequestHeaders, StatsScope } from '@nuncio/core'
import type { FilterContext, FilterStream } from '@nuncio/filter-chain'
import { GrpcServiceClient, RateLimitService, statusNumber } from '@nuncio/guards'
import { compileRuntimeFraction, type ConfigPlace, filterStateValue, type RuntimeFraction } from '@nuncio/matching'
import {
  compileRateLimits,
  describeRateLimits,
  type HeaderMutations,
  type RateLimit,
  type RateLimitDescriptor,
  RouteRateLimits,
} from '@nuncio/router'
import { compileAdditions, formatOptions } from '../header-lists/header-list.ts'
import { errorStatusOf } from '@nuncio/router'

export type RateLimitConfig = Message<'envoy.extensions.filters.http.ratelimit.v3.RateLimit'>
type PerRoute = Message<'envoy.extensions.filters.http.ratelimit.v3.RateLimitPerRoute'>
type Percent = Message<'envoy.config.core.v3.RuntimeFractionalPercent'>

const DEFAULT_TIMEOUT_MS = 20
const NAMESPACE = 'envoy.filters.http.ratelimit'
/** Filter state with how many hits a request counts for. */
const HITS_KEY = 'envoy.ratelimit.hits_addend'

/** What a route says. */
export interface RouteLimits {
  readonly virtualHost: 'OVERRIDE' | 'INCLUDE' | 'IGNORE'
  readonly own: readonly RateLimit[]
  readonly domain: string
}

const NOTHING: RouteLimits = { virtualHost: 'OVERRIDE', own: [], domain: '' }

export function compileRouteLimits(
  config: PerRoute,
  place: ConfigPlace,
  context: FilterContext<RouteLimits>,
): RouteLimits {
  const { override_option: option = 'DEFAULT', vh_rate_limits: virtualHost = 'OVERRIDE' } = config
  return {
    virtualHost: option === 'DEFAULT' ? virtualHost : (option.replace('_POLICY', '') as RouteLimits['virtualHost']),
    own: compileRateLimits(config.rate_limits, 'filter-with-limits', place, formatOptions(context)),
    domain: config.domain ?? '',
  }
}

/** A RateLimit message, compiled. */
export class RateLimitSettings {
  readonly service: RateLimitService
  readonly limitedStatus: number
  /** -1 = from the HTTP status. */
  readonly limitedGrpcStatus: number
  readonly statusOnError: number
  readonly limitedHeader: boolean
  readonly limitHeaders: boolean
  /** Whether clients are told when to come again. */
  readonly retryAfter: boolean
  readonly additions: HeaderMutations | undefined
  readonly metadataNamespace: string
  readonly enforced: RuntimeFraction
  readonly #domain: string
  readonly #requestType: string
  readonly #enabled: RuntimeFraction
  readonly #denies: RuntimeFraction | boolean
  readonly #own: readonly RateLimit[]
  readonly #stage: number
  readonly #context: FilterContext<RouteLimits>
  readonly #statPrefix: string
  readonly #byCluster = new WeakMap<ClusterInfo, LimitStats>()

  constructor(config: RateLimitConfig, place: ConfigPlace, context: FilterContext<RouteLimits>) {
    this.#context = context
    this.service = compileService(config, place, context)
    this.limitedStatus = errorStatusOf(config.rate_limited_status?.code, 429)
    this.limitedGrpcStatus = config.rate_limited_as_resource_exhausted === true ? 8 : -1
    this.statusOnError = statusNumber(config.status_on_error?.code) || 500
    this.limitedHeader = config.disable_x_envoy_ratelimited_header !== true
    this.limitHeaders = config.enable_x_ratelimit_headers === 'DRAFT_VERSION_03'
    // Of another status it would not say what it means.
    this.retryAfter = config.enable_retry_after_header === true && this.limitedStatus === 429
    this.additions = compileAdditions('response', config.response_headers_to_add, place, context)
    this.metadataNamespace = (config.metadata_namespace ?? '') === '' ? NAMESPACE : config.metadata_namespace!
    const always = (key: string, given: Percent | undefined): RuntimeFraction =>
      compileRuntimeFraction(given ?? { runtime_key: key, default_value: { numerator: 100 } }, place)
    this.#enabled = always('ratelimit.http_filter_enabled', config.filter_enabled)
    this.enforced = always('ratelimit.http_filter_enforcing', config.filter_enforced)
    const percent = config.failure_mode_deny_percent
    this.#denies = percent === undefined ? config.failure_mode_deny === true : compileRuntimeFraction(percent, place)
    this.#domain = config.domain ?? ''
    this.#requestType = config.request_type ?? ''
    this.#own = compileRateLimits(config.rate_limits, 'filter-with-limits', place, formatOptions(context))
    this.#stage = config.stage ?? 0
    this.#statPrefix = (config.stat_prefix ?? '') === '' ? 'ratelimit.' : `ratelimit.${config.stat_prefix}.`
  }

  /** Whether requests of this kind count here at all. */
  concerns(headers: RequestHeaders, stream: FilterStream): boolean {
    if (!this.#enabled.selects(stream.random)) return false
    if (this.#requestType === 'internal') return headers.get('x-envoy-internal') === 'true'
    return this.#requestType !== 'external' || headers.get('x-envoy-internal') !== 'true'
  }

  /** Whether a request is refused that the service says nothing about. */
  deniesWithoutAnswer(stream: FilterStream): boolean {
    return typeof this.#denies === 'boolean' ? this.#denies : this.#denies.selects(stream.random)
  }

  domainOf(stream: FilterStream): string {
    const own = this.#routeLimits(stream).domain
    return own === '' ? this.#domain : own
  }

  /** What a request counts under when it begins, or when it is done. A list of a route's, or of the filter's, goes first. */
  describe(stream: FilterStream, onStreamDone: boolean): RateLimitDescriptor[] {
    const { own, virtualHost } = this.#routeLimits(stream)
    const { localCluster } = this.#context.proxy
    const list = own.length > 0 ? own : this.#own
    if (list.length > 0) return describeRateLimits(list, stream, localCluster, onStreamDone)
    const skips = (limit: RateLimit): boolean => limit.onStreamDone !== onStreamDone || this.#isOff(limit, stream)
    return new RouteRateLimits({ stage: this.#stage, virtualHost, localCluster, skips }).describe(stream)
  }

  #routeLimits(stream: FilterStream): RouteLimits {
    return this.#context.routeConfig(stream) ?? NOTHING
  }

  #isOff({ disableKey }: RateLimit, stream: FilterStream): boolean {
    const { runtime } = this.#context
    if (disableKey === '' || runtime.isEmpty === true) return false
    const key = `ratelimit.${disableKey}.http_filter_enabled`
    const { numerator, denominator } = runtime.fraction(key, { numerator: 100, denominator: 100 })
    return stream.random % denominator >= numerator
  }

  /** How many hits a request counts for, when a filter before has said so. */
  hitsOf(stream: FilterStream): number | undefined {
    const text = filterStateValue(stream.info, HITS_KEY)?.serialize()
    return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined
  }

  /** `cluster.<name>.ratelimit.[<stat_prefix>.]*` */
  statsOf(info: ClusterInfo): LimitStats {
    let stats = this.#byCluster.get(info)
    if (stats === undefined)
      this.#byCluster.set(info, (stats = new LimitStats(info.stats.scope.scope(this.#statPrefix))))
    return stats
  }
}

/** @internal */
export class LimitStats {
  readonly ok: Counter
  readonly error: Counter
  readonly over: Counter
  readonly failureModeAllowed: Counter

  constructor(scope: StatsScope) {
    this.ok = scope.counter('ok')
    this.error = scope.counter('error')
    this.over = scope.counter('over_limit')
    this.failureModeAllowed = scope.counter('failure_mode_allowed')
  }
}

function compileService(
  config: RateLimitConfig,
  place: ConfigPlace,
  context: FilterContext<RouteLimits>,
): RateLimitService {
  const at = place.at('rate_limit_service', config.rate_limit_service)
  const grpc = config.rate_limit_service?.grpc_service
  const { clusters, time, random } = context
  const parts = { clusters, time, random, format: formatOptions(context) }
  const timeoutMs = config.timeout ?? grpc?.timeout ?? DEFAULT_TIMEOUT_MS
  return new RateLimitService(new GrpcServiceClient(grpc, at.at('grpc_service', grpc), parts, timeoutMs))
}

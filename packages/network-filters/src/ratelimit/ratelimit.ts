import type { FormatContext, Formatter } from '@nuncio/access-log'
import type { Message } from '@nuncio/config'
import type { Counter, StatsScope } from '@nuncio/core'
import { GrpcServiceClient, type LimitAnswer, RateLimitService } from '@nuncio/guards'
import type { NetworkConnection, NetworkFilter, NetworkFilterContext, NetworkFilterVerdict } from '@nuncio/listener'
import { type ConfigPlace, configPlace, wireText } from '@nuncio/matching'
import { formatOf, type RateLimitDescriptor, type RouteTableOptions } from '@nuncio/router'
import type { HttpServices } from '../http-services/http-services.ts'
import { callParts, connectionContext } from '../side-service/call-parts.ts'
import { inquire, InquiryStats } from '../side-service/inquiry.ts'

export type RateLimitConfig = Message<'envoy.extensions.filters.network.ratelimit.v3.RateLimit'>
type Descriptor = Message<'envoy.extensions.common.ratelimit.v3.RateLimitDescriptor'>

const NAMESPACE = 'envoy.filters.network.ratelimit'
const DEFAULT_TIMEOUT_MS = 20
/** Keys of the runtime that switch the filter, and what it does, off for a share of the connections. */
const ENABLED = 'ratelimit.tcp_filter_enabled'
const ENFORCING = 'ratelimit.tcp_filter_enforcing'

/** Makes the descriptor of a connection. */
type Describe = (context: FormatContext) => RateLimitDescriptor

/** Asks a service whether one more connection is too many. */
export class NetworkRateLimit implements NetworkFilter {
  readonly #config: RateLimitConfig
  readonly #context: NetworkFilterContext<HttpServices>
  readonly #service: RateLimitService
  readonly #descriptors: readonly Describe[]
  readonly #stats: NetworkLimitStats

  constructor(config: RateLimitConfig, context: NetworkFilterContext<HttpServices>) {
    const { sources, runtime, path } = context
    const place = configPlace(config, { report: (problem) => context.report(problem), sources, runtime, path })
    this.#config = config
    this.#context = context
    const parts = callParts(context)
    const grpc = config.rate_limit_service?.grpc_service
    const at = place.at('rate_limit_service', config.rate_limit_service).at('grpc_service', grpc)
    const timeoutMs = config.timeout ?? grpc?.timeout ?? DEFAULT_TIMEOUT_MS
    this.#service = new RateLimitService(new GrpcServiceClient(grpc, at, parts, timeoutMs))
    this.#descriptors = (config.descriptors ?? []).map((one, i) =>
      compileDescriptor(one, place.item('descriptors', i, one), parts.format),
    )
    this.#stats = new NetworkLimitStats(context.stats.scope(`ratelimit.${config.stat_prefix ?? ''}.`))
  }

  onNewConnection(connection: NetworkConnection): void | Promise<NetworkFilterVerdict> {
    if (this.#selects(ENABLED)) return this.#ask(connection)
  }

  async #ask(connection: NetworkConnection): Promise<NetworkFilterVerdict> {
    const context = connectionContext(connection, this.#context)
    const question = {
      domain: this.#config.domain ?? '',
      descriptors: this.#descriptors.map((describe) => describe(context)),
    }
    const answer = await inquire(connection, NAMESPACE, this.#stats, (signal) =>
      this.#service.ask(question, context, { signal }),
    )
    if (this.#allows(answer)) return 'continue'
    this.#stats.closed.inc()
    connection.info.terminationDetails = answer.verdict === 'over' ? 'request_rate_limited' : 'rate_limiter_error'
    return 'close'
  }

  #allows({ verdict }: LimitAnswer): boolean {
    const stats = this.#stats
    if (verdict === 'ok') stats.ok.inc()
    else if (verdict === 'over') {
      stats.over.inc()
      return !this.#selects(ENFORCING)
    } else {
      stats.error.inc()
      if (this.#config.failure_mode_deny === true) return false
      stats.failureModeAllowed.inc()
    }
    return true
  }

  #selects(key: string): boolean {
    const { runtime, random } = this.#context
    if (runtime.isEmpty === true) return true
    const { numerator, denominator } = runtime.fraction(key, { numerator: 100, denominator: 100 })
    return random.uint32() % denominator < numerator
  }
}

function compileDescriptor(config: Descriptor, place: ConfigPlace, options: RouteTableOptions): Describe {
  const { limit, hits_addend: hits } = config
  const entries = (config.entries ?? []).map(({ key = '', value = '' }, i) => ({
    key: wireText(key),
    value: formatOf(value, place.item('entries', i, config.entries?.[i]).at('value'), options),
  }))
  const override = limit && { requestsPerUnit: limit.requests_per_unit ?? 0, unit: limit.unit ?? 'UNKNOWN' }
  return (context) => ({
    entries: entries.map(({ key, value }) => ({ key, value: textOf(value, context) })),
    limit: override,
    hits,
    headers: 'UNSPECIFIED',
  })
}

function textOf(formatter: Formatter | undefined, context: FormatContext): string {
  return formatter?.isLiteral ?? formatter?.format(context) ?? ''
}

/** `ratelimit.<stat_prefix>.*` */
class NetworkLimitStats extends InquiryStats {
  readonly over: Counter

  constructor(scope: StatsScope) {
    super(scope)
    this.over = scope.counter('over_limit')
  }
}

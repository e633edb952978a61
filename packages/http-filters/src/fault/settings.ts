import type { JsonObject, Message } from '@nuncio/config'
import type { Fraction } from '@nuncio/core'
import { compileHeaderMatchers, type ConfigPlace, fraction, type HeaderMatcher } from '@nuncio/matching'

/** One kind of fault: how often, under which runtime keys, and how strong. */
export interface FaultSource {
  readonly share: Fraction
  /** Runtime key of the share. */
  readonly shareKey: string
  /** Header that lowers the share; undefined when headers do not control this fault. */
  readonly shareHeader: string | undefined
}

export interface DelaySource extends FaultSource {
  /** Milliseconds; undefined: the request's header says. */
  readonly fixedMs: number | undefined
  readonly durationKey: string
}

export interface AbortSource extends FaultSource {
  readonly httpStatus: number | undefined
  readonly grpcStatus: number | undefined
  readonly httpStatusKey: string
  readonly grpcStatusKey: string
}

export interface RateSource extends FaultSource {
  /** KiB a second; undefined: the request's header says. */
  readonly fixedKbps: number | undefined
}

/** One HTTPFault message, compiled. */
export interface FaultSettings {
  readonly delay: DelaySource | undefined
  readonly abort: AbortSource | undefined
  readonly rate: RateSource | undefined
  /** '' = any. */
  readonly upstreamCluster: string
  /** Empty = any. */
  readonly downstreamNodes: ReadonlySet<string>
  readonly headers: readonly HeaderMatcher[]
  readonly maxActive: number
  readonly maxActiveKey: string
  readonly clusterStats: boolean
  readonly metadata: JsonObject | undefined
}

type Config = Message<'envoy.extensions.filters.http.fault.v3.HTTPFault'>

export function compileFault(config: Config, place: ConfigPlace): FaultSettings {
  return {
    delay: config.delay && delaySource(config, config.delay),
    abort: config.abort && abortSource(config, config.abort),
    rate: config.response_rate_limit && rateSource(config, config.response_rate_limit),
    upstreamCluster: config.upstream_cluster ?? '',
    downstreamNodes: new Set(config.downstream_nodes),
    headers: compileHeaderMatchers(config.headers, place),
    maxActive: config.max_active_faults ?? Number.POSITIVE_INFINITY,
    maxActiveKey: config.max_active_faults_runtime || 'fault.http.max_active_faults',
    clusterStats: config.disable_downstream_cluster_stats !== true,
    metadata: config.filter_metadata,
  }
}

function delaySource(config: Config, delay: NonNullable<Config['delay']>): DelaySource {
  return {
    share: fraction(delay.percentage),
    shareKey: config.delay_percent_runtime || 'fault.http.delay.fixed_delay_percent',
    shareHeader: delay.header_delay && 'x-envoy-fault-delay-request-percentage',
    fixedMs: delay.fixed_delay,
    durationKey: config.delay_duration_runtime || 'fault.http.delay.fixed_duration_ms',
  }
}

function abortSource(config: Config, abort: NonNullable<Config['abort']>): AbortSource {
  return {
    share: fraction(abort.percentage),
    shareKey: config.abort_percent_runtime || 'fault.http.abort.abort_percent',
    shareHeader: abort.header_abort && 'x-envoy-fault-abort-request-percentage',
    httpStatus: abort.http_status,
    grpcStatus: abort.grpc_status,
    httpStatusKey: config.abort_http_status_runtime || 'fault.http.abort.http_status',
    grpcStatusKey: config.abort_grpc_status_runtime || 'fault.http.abort.grpc_status',
  }
}

function rateSource(config: Config, rate: NonNullable<Config['response_rate_limit']>): RateSource {
  return {
    share: fraction(rate.percentage),
    shareKey: config.response_rate_limit_percent_runtime || 'fault.http.rate_limit.response_percent',
    shareHeader: rate.header_limit && 'x-envoy-fault-throughput-response-percentage',
    fixedKbps: rate.fixed_limit?.limit_kbps,
  }
}

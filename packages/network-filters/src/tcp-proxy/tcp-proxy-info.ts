import type { Message } from '@nuncio/config'
import type { RandomGenerator } from '@nuncio/core'
import type { ConfigPlace } from '@nuncio/matching'
import type { RouteTableOptions } from '@nuncio/router'
import { decideTunnel, type TunnelInfo } from './tunnel/tunnel-info.ts'

export type TcpProxyConfig = Message<'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'>
type Metadata = Message<'envoy.config.core.v3.Metadata'>
type Criteria = Readonly<Record<string, unknown>> | undefined

/** Where a connection goes: a cluster, and which of its subsets. */
export interface TcpRoute {
  readonly cluster: string
  /** `envoy.lb` criteria; undefined = none. */
  readonly metadataMatch: Criteria
}

/** The client's address, or an entry of filter state. */
export type HashSource = { readonly sourceIp: true } | { readonly filterState: string }

/** What was decided from a TCP proxy's configuration. Durations in ms; Infinity = none. */
export interface TcpProxyInfo {
  readonly statPrefix: string
  readonly routes: readonly TcpRoute[]
  /** Upper ends of the routes' shares, parallel to `routes`; the last is the sum of all weights. */
  readonly shares: readonly number[]
  /** Criteria for a cluster that filter state names. */
  readonly metadataMatch: Criteria
  readonly idleTimeoutMs: number
  readonly maxDurationMs: number
  /** Up to so much is added to `maxDurationMs`, by chance. */
  readonly maxDurationJitterMs: number
  readonly maxConnectAttempts: number
  /** Between attempts; undefined = the next follows at once. */
  readonly backOff: { readonly baseMs: number; readonly maxMs: number } | undefined
  /** An upstream is connected to when the client has sent something. */
  readonly waitsForData: boolean
  /** Bytes to take from the client before there is an upstream. */
  readonly maxEarlyBytes: number
  /** Connections end when bytes move while the listener drains. */
  readonly closesOnDrain: boolean
  readonly tunnel: TunnelInfo | undefined
  /** What a host is chosen by where hashes do that; undefined = nothing. */
  readonly hash: HashSource | undefined
  readonly logIntervalMs: number
  readonly logsConnected: boolean
  readonly logsStart: boolean
}

const HOUR = 3_600_000

/** Decides what a connection needs to know, with Envoy's defaults: one attempt, an hour of idleness. */
export function decideTcpProxy(config: TcpProxyConfig, place: ConfigPlace, options: RouteTableOptions): TcpProxyInfo {
  const metadataMatch = criteria(config.metadata_match)
  const weighted = config.weighted_clusters?.clusters ?? [{ name: config.cluster ?? '', weight: 1 }]
  let sum = 0
  const logs = config.access_log_options
  const maxDurationMs = config.max_downstream_connection_duration ?? Number.POSITIVE_INFINITY
  const jitter = (config.max_downstream_connection_duration_jitter_percentage?.value ?? 0) / 100
  const waitsForData = config.upstream_connect_mode === 'ON_DOWNSTREAM_DATA'
  checkEarlyData(config, place)
  return {
    statPrefix: config.stat_prefix ?? '',
    routes: weighted.map((each) => ({
      cluster: each.name ?? '',
      metadataMatch: merged(metadataMatch, 'metadata_match' in each ? criteria(each.metadata_match) : undefined),
    })),
    shares: weighted.map((each) => (sum += each.weight ?? 0)),
    metadataMatch,
    idleTimeoutMs: config.idle_timeout === 0 ? Number.POSITIVE_INFINITY : (config.idle_timeout ?? HOUR),
    maxDurationMs,
    maxDurationJitterMs: Number.isFinite(maxDurationMs) ? Math.floor(maxDurationMs * jitter) : 0,
    maxConnectAttempts: config.max_connect_attempts ?? 1,
    backOff: backOff(config, place),
    waitsForData,
    maxEarlyBytes: config.max_early_data_bytes ?? 0,
    closesOnDrain: config.check_drain_close ?? false,
    tunnel:
      config.tunneling_config &&
      decideTunnel(config.tunneling_config, place.at('tunneling_config', config.tunneling_config), options),
    hash: hashSource(config),
    logIntervalMs: logs?.access_log_flush_interval ?? config.access_log_flush_interval ?? Number.POSITIVE_INFINITY,
    logsConnected: logs?.flush_access_log_on_connected ?? config.flush_access_log_on_connected ?? false,
    logsStart: logs?.flush_access_log_on_start ?? false,
  }
}

function hashSource({ hash_policy: [policy] = [] }: TcpProxyConfig): HashSource | undefined {
  if (policy?.source_ip !== undefined) return { sourceIp: true }
  return policy?.filter_state && { filterState: policy.filter_state.key ?? '' }
}

function backOff({ backoff_options: config }: TcpProxyConfig, place: ConfigPlace): TcpProxyInfo['backOff'] {
  if (config === undefined) return undefined
  const baseMs = config.base_interval ?? 0
  const maxMs = config.max_interval ?? baseMs * 10
  if (maxMs < baseMs)
    place.at('backoff_options', config).at('max_interval').error('rule', 'max_interval is less than base_interval')
  return { baseMs, maxMs }
}

function checkEarlyData(config: TcpProxyConfig, place: ConfigPlace): void {
  const mode = config.upstream_connect_mode ?? 'IMMEDIATE'
  if (mode === 'IMMEDIATE' || config.max_early_data_bytes !== undefined) return
  const hint = 'Say how many bytes of the client may be taken before there is an upstream.'
  place.at('upstream_connect_mode').error('missing-field', `${mode} needs max_early_data_bytes`, hint)
}

/** Picks a route by weight; one draw, and none where there is nothing to choose. */
export function pickRoute(info: TcpProxyInfo, random: RandomGenerator): TcpRoute {
  const { routes, shares } = info
  if (routes.length === 1) return routes[0]!
  const at = random.uint32() % Math.max(1, shares.at(-1)!)
  return routes[shares.findIndex((end) => at < end)] ?? routes[0]!
}

function criteria(metadata: Metadata | undefined): Criteria {
  return metadata?.filter_metadata?.['envoy.lb']
}

function merged(base: Criteria, over: Criteria): Criteria {
  return base === undefined || over === undefined ? (over ?? base) : { ...base, ...over }
}

import type { Message } from '@nuncio/config'
import type { RandomGenerator } from '@nuncio/core'

export type TcpProxyConfig = Message<'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'>
type Metadata = Message<'envoy.config.core.v3.Metadata'>
type Criteria = Readonly<Record<string, unknown>> | undefined

/** Where a connection goes: a cluster, and which of its subsets. */
export interface TcpRoute {
  readonly cluster: string
  /** `envoy.lb` criteria; undefined = none. */
  readonly metadataMatch: Criteria
}

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
  readonly maxConnectAttempts: number
  readonly hashesSourceIp: boolean
  readonly logIntervalMs: number
  readonly logsConnected: boolean
  readonly logsStart: boolean
}

const HOUR = 3_600_000

/** Decides what a connection needs to know, with Envoy's defaults: one attempt, an hour of idleness. */
export function decideTcpProxy(config: TcpProxyConfig): TcpProxyInfo {
  const metadataMatch = criteria(config.metadata_match)
  const weighted = config.weighted_clusters?.clusters ?? [{ name: config.cluster ?? '', weight: 1 }]
  let sum = 0
  const options = config.access_log_options
  return {
    statPrefix: config.stat_prefix ?? '',
    routes: weighted.map((each) => ({
      cluster: each.name ?? '',
      metadataMatch: merged(metadataMatch, 'metadata_match' in each ? criteria(each.metadata_match) : undefined),
    })),
    shares: weighted.map((each) => (sum += each.weight ?? 0)),
    metadataMatch,
    idleTimeoutMs: config.idle_timeout === 0 ? Number.POSITIVE_INFINITY : (config.idle_timeout ?? HOUR),
    maxDurationMs: config.max_downstream_connection_duration ?? Number.POSITIVE_INFINITY,
    maxConnectAttempts: config.max_connect_attempts ?? 1,
    hashesSourceIp: config.hash_policy?.some((policy) => policy.source_ip !== undefined) ?? false,
    logIntervalMs: options?.access_log_flush_interval ?? config.access_log_flush_interval ?? Number.POSITIVE_INFINITY,
    logsConnected: options?.flush_access_log_on_connected ?? config.flush_access_log_on_connected ?? false,
    logsStart: options?.flush_access_log_on_start ?? false,
  }
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

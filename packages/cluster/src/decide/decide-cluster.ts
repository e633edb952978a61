import type { Message } from '@nuncio/config'
import { emptyRuntime, type Runtime, statName, type StatsStore } from '@nuncio/core'
import { ClusterStats } from '../stats/cluster-stats.ts'
import { MessageSizes } from '../stats/message-sizes.ts'
import { TimeoutBudgets } from '../stats/timeout-budgets.ts'
import type { DecidedCluster } from '../contracts/cluster-info.ts'
import type { HealthStatus } from '../contracts/host.ts'
import { decideBreaker, decideHostLimit } from './breakers.ts'
import { decideHttpOptions } from './http-options.ts'
import { reportAt, type Reporting } from './problems.ts'

type Cluster = Message<'envoy.config.cluster.v3.Cluster'>

/** What the decisions about a cluster need beside its configuration. */
export interface DecideClusterOptions extends Reporting {
  readonly stats: StatsStore
  readonly runtime?: Runtime
  /** The compiled policies of its HTTP options; see `ClusterInfo.requestPolicies`. */
  readonly requestPolicies?: object | undefined
  /** The chain of its `http_filters`; see `ClusterInfo.httpFilters`. */
  readonly httpFilters?: object | undefined
}

const HOUR = 3_600_000
/** Where each naming of an address is a host of its own, as in DNS_CLUSTER; EDS takes the first. */
const REPEATING: ReadonlySet<string> = new Set(['STATIC', 'STRICT_DNS'])
const DNS_CLUSTER = 'envoy.extensions.clusters.dns.v3.DnsCluster'
const DEFAULT_OVERRIDE: readonly HealthStatus[] = ['UNKNOWN', 'HEALTHY', 'DEGRADED']

/**
 * Decides what a cluster's configuration leaves open: defaults, old and new spellings, limits. The result is frozen.
 * What is wrong is reported and answered with the default, so that one pass finds everything.
 */
export function decideCluster(config: Cluster, options: DecideClusterOptions): DecidedCluster {
  const name = config.name ?? ''
  const statsName = config.alt_stat_name || name
  const http = decideHttpOptions(config, options)
  const preconnect = config.preconnect_policy
  const runtime = options.runtime ?? emptyRuntime
  checkCluster(config, options)
  const stats = new ClusterStats(options.stats.scope(`cluster.${statName(statsName)}.`))
  const budgets = config.track_cluster_stats?.timeout_budgets ?? config.track_timeout_budgets ?? false
  return Object.freeze({
    name,
    statName: statsName,
    config,
    stats,
    requestPolicies: options.requestPolicies,
    httpFilters: options.httpFilters,
    messageSizes: config.track_cluster_stats?.request_response_sizes ? new MessageSizes(stats.scope) : undefined,
    timeoutBudgets: budgets ? new TimeoutBudgets(stats.scope) : undefined,
    connectTimeoutMs:
      config.connect_timeout !== undefined && config.connect_timeout > 0 ? config.connect_timeout : 5000,
    bufferLimit: config.per_connection_buffer_limit_bytes ?? 1024 * 1024,
    idleTimeoutMs: http.common.idle_timeout ?? HOUR,
    maxConnectionDurationMs: http.common.max_connection_duration ?? 0,
    maxConnectionDurationJitter: (http.common.max_connection_duration_jitter?.value ?? 0) / 100,
    maxRequestsPerConnection: http.common.max_requests_per_connection ?? config.max_requests_per_connection ?? 0,
    maxStreamDurationMs: http.common.max_stream_duration ?? 0,
    maxResponseHeadersCount: http.common.max_headers_count ?? 100,
    maxResponseHeadersKb: http.common.max_response_headers_kb ?? 60,
    upstreamProtocol: http.protocol,
    http1: http.http1,
    http2: http.http2,
    upstreamHttp: http.upstream,
    closeConnectionsOnHealthFailure: config.close_connections_on_host_health_failure ?? false,
    closeConnectionsOnHostSetChange: config.common_lb_config?.close_connections_on_host_set_change ?? false,
    keepHealthyRemovedHosts: !(config.ignore_health_on_host_removal ?? false),
    keepRepeatedHosts: keepsRepeats(config),
    excludeUncheckedHosts: config.common_lb_config?.ignore_new_hosts_until_first_hc ?? false,
    perConnectionPreconnectRatio: preconnect?.per_upstream_preconnect_ratio ?? 1,
    predictivePreconnectRatio: preconnect?.predictive_preconnect_ratio ?? 1,
    metadata: config.metadata?.filter_metadata ?? {},
    breakerLimits: [decideBreaker(config, 'DEFAULT', runtime), decideBreaker(config, 'HIGH', runtime)] as const,
    maxConnectionsPerHost: decideHostLimit(config, options),
    updateMergeWindowMs: config.common_lb_config?.update_merge_window ?? 1000,
    overrideHostStatus: new Set(config.common_lb_config?.override_host_status?.statuses ?? DEFAULT_OVERRIDE),
  })
}

function checkCluster(config: Cluster, options: DecideClusterOptions): void {
  if ((config.name ?? '') === '')
    reportAt(options, config, 'name', { code: 'missing-field', message: 'a cluster needs a name' })
  if (config.connect_timeout !== undefined && config.connect_timeout <= 0) {
    reportAt(options, config, 'connect_timeout', {
      code: 'out-of-range',
      message: 'connect_timeout must be above 0',
    })
  }
  const { preconnect_policy: preconnect } = config
  for (const field of ['per_upstream_preconnect_ratio', 'predictive_preconnect_ratio'] as const) {
    const ratio = preconnect?.[field]
    if (ratio === undefined || (ratio >= 1 && ratio <= 3)) continue
    reportAt(options, config, `preconnect_policy.${field}`, {
      code: 'out-of-range',
      message: `${field} lies between 1 and 3`,
    })
  }
}

function keepsRepeats({ type, cluster_type: extension }: Cluster): boolean {
  if (extension === undefined) return REPEATING.has(type ?? 'STATIC')
  return extension.typed_config?.['@type'] === DNS_CLUSTER
}

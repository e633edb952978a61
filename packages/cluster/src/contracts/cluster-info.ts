import type { Message } from '@nuncio/config'
import type { CircuitBreakerLimits } from '../circuit-breaker/circuit-breaker.ts'
import type { TimeoutBudgets } from '../stats/timeout-budgets.ts'
import type { MessageSizes } from '../stats/message-sizes.ts'
import type { ClusterStats } from '../stats/cluster-stats.ts'
import type { HealthStatus } from './host.ts'

/** What was decided from a cluster's configuration: frozen, replaced whole. Durations in ms, 0 = off. */
export interface ClusterInfo {
  readonly name: string
  /** `alt_stat_name` or the name. */
  readonly statName: string
  readonly config: Message<'envoy.config.cluster.v3.Cluster'>
  readonly stats: ClusterStats
  readonly connectTimeoutMs: number
  /** Bytes; default 1 MiB. */
  readonly bufferLimit: number
  /** Idle pool connections close after this; default 1 h. */
  readonly idleTimeoutMs: number
  readonly maxConnectionDurationMs: number
  /** A connection lives up to this part longer, by chance; 0 = not. */
  readonly maxConnectionDurationJitter: number
  /** 0 = without limit. */
  readonly maxRequestsPerConnection: number
  readonly maxStreamDurationMs: number
  readonly maxResponseHeadersCount: number
  readonly maxResponseHeadersKb: number
  /** How to speak to its hosts. */
  readonly upstreamProtocol: 'http1' | 'http2' | 'auto' | 'downstream'
  readonly http1: Message<'envoy.config.core.v3.Http1ProtocolOptions'>
  readonly http2: Message<'envoy.config.core.v3.Http2ProtocolOptions'>
  readonly closeConnectionsOnHealthFailure: boolean
  readonly perConnectionPreconnectRatio: number
  readonly predictivePreconnectRatio: number
  readonly metadata: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** Histograms of how much of their timeouts requests used; absent: not wanted. */
  readonly timeoutBudgets?: TimeoutBudgets | undefined
  /** Policies that hold for every request to it, in place of its route's: `ClusterPolicies` of @nuncio/router, which made them. */
  readonly requestPolicies?: object | undefined
  /** Filters on every try at it, in place of the router's: an `HttpFilterChain` of @nuncio/filter-chain. */
  readonly httpFilters?: object | undefined
  /** Histograms of how large requests and responses are; absent: not wanted. */
  readonly messageSizes?: MessageSizes | undefined
}

/** A `ClusterInfo` with what the cluster's own machinery needs beside; made by `decideCluster`. */
export interface DecidedCluster extends ClusterInfo {
  /** Limits of `DEFAULT` and `HIGH`. */
  readonly breakerLimits: readonly [CircuitBreakerLimits, CircuitBreakerLimits]
  /** Most connections to one host, from `per_host_thresholds`; Infinity = none. */
  readonly maxConnectionsPerHost: number
  /** `auto_sni` and the like. */
  readonly upstreamHttp: Message<'envoy.config.core.v3.UpstreamHttpProtocolOptions'>
  /** Connections are closed, not drained, when their host leaves. */
  readonly closeConnectionsOnHostSetChange: boolean
  /** A removed host that still passes its active checks stays a member until it fails. */
  readonly keepHealthyRemovedHosts: boolean
  /** An address that is named more than once is a host for each naming. */
  readonly keepRepeatedHosts: boolean
  /** Hosts that were never checked count neither way. */
  readonly excludeUncheckedHosts: boolean
  /** Changes of health within this time are taken over together; 0: each at once. */
  readonly updateMergeWindowMs: number
  readonly overrideHostStatus: ReadonlySet<HealthStatus>
}

import { type ClusterHost, HealthFlag } from '@nuncio/cluster'
import type { Message } from '@nuncio/config'
import type { SocketAddress } from '@nuncio/core'
import type { LiveCluster } from './live-cluster.ts'

/** A cluster with the configuration that it was made from. */
export interface ClusterEntry {
  readonly config: Message<'envoy.config.cluster.v3.Cluster'>
  readonly cluster: LiveCluster
  /** Of the discovery response; '' for clusters of the bootstrap. */
  readonly version: string
  readonly lastUpdatedMs: number
}

const FLAG_NAMES = [
  [HealthFlag.failedActive, 'failed_active_hc'],
  [HealthFlag.failedOutlier, 'failed_outlier_check'],
  [HealthFlag.failedEds, 'failed_eds_health'],
  [HealthFlag.degradedActive, 'degraded_active_hc'],
  [HealthFlag.degradedEds, 'degraded_eds_health'],
  [HealthFlag.pendingDynamicRemoval, 'pending_dynamic_removal'],
  [HealthFlag.pendingActive, 'pending_active_hc'],
  [HealthFlag.excludedByImmediateFail, 'excluded_via_immediate_hc_fail'],
  [HealthFlag.activeTimeout, 'active_hc_timeout'],
  [HealthFlag.edsDraining, 'eds_status_draining'],
  [HealthFlag.degradedOutlier, 'degraded_outlier_detection'],
] as const

export type HealthFlagName = (typeof FLAG_NAMES)[number][1]

/** One cluster and its hosts, as `/clusters` prints them. */
export interface ClusterView {
  readonly name: string
  readonly observabilityName: string
  readonly addedViaApi: boolean
  /** '' when it is the cluster's name. */
  readonly edsServiceName: string
  /** Success rates of outlier detection in percent, -1 = none; undefined without outlier detection. */
  readonly outlier: OutlierView | undefined
  /** Circuit breakers of the priorities DEFAULT and HIGH. */
  readonly thresholds: readonly [ThresholdsView, ThresholdsView]
  readonly hosts: readonly HostView[]
}

export interface OutlierView {
  readonly successRateAverage: number
  readonly successRateThreshold: number
  readonly localOriginSuccessRateAverage: number
  readonly localOriginSuccessRateThreshold: number
}

export interface ThresholdsView {
  readonly maxConnections: number
  readonly maxPendingRequests: number
  readonly maxRequests: number
  readonly maxRetries: number
}

/** One endpoint; numbers are those of `HostStats`. */
export interface HostView {
  readonly address: SocketAddress
  readonly addressText: string
  readonly hostname: string
  readonly stats: ClusterHost['stats']
  readonly healthFlags: ReadonlySet<HealthFlagName>
  readonly edsHealth: 'HEALTHY' | 'UNHEALTHY' | 'DRAINING' | 'DEGRADED' | 'TIMEOUT' | 'UNKNOWN'
  readonly weight: number
  readonly region: string
  readonly zone: string
  readonly subZone: string
  readonly canary: boolean
  readonly priority: number
  /** Percent, -1 = not known. */
  readonly successRate: number
  readonly localOriginSuccessRate: number
}

/** The picture of a cluster at this moment. */
export function clusterView({ config, cluster }: ClusterEntry): ClusterView {
  const { info, breakers, addedViaApi } = cluster
  const [low, high] = breakers.map(({ limits }) => ({
    maxConnections: limits.maxConnections,
    maxPendingRequests: limits.maxPendingRequests,
    maxRequests: limits.maxRequests,
    maxRetries: limits.maxRetries,
  }))
  return {
    name: info.name,
    observabilityName: info.statName,
    addedViaApi,
    edsServiceName: config.eds_cluster_config?.service_name ?? '',
    outlier: cluster.outlier?.summary(),
    thresholds: [low!, high!],
    hosts: cluster.priorities.levels
      .flatMap((level) => level.hosts)
      .map((host) => hostView(host as ClusterHost, cluster)),
  }
}

function hostView(host: ClusterHost, cluster: LiveCluster): HostView {
  const { region, zone, subZone } = host.locality
  const flags = FLAG_NAMES.filter(([bit]) => (host.healthFlags & bit) !== 0).map(([, name]) => name)
  const rates = cluster.outlier?.rates(host)
  return {
    address: { address: host.ip, port: host.port },
    addressText: host.address,
    hostname: host.hostname,
    stats: host.stats,
    healthFlags: new Set(flags),
    // A host of which discovery said nothing counts as healthy there.
    edsHealth: host.edsStatus === 'UNKNOWN' ? 'HEALTHY' : host.edsStatus,
    weight: host.weight,
    region,
    zone,
    subZone,
    canary: host.canary,
    priority: host.priority,
    successRate: rates?.successRate ?? -1,
    localOriginSuccessRate: rates?.localOriginSuccessRate ?? -1,
  }
}

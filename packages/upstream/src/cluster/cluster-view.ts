import type { ClusterHost, ClusterView, HostView } from '@nuncio/cluster'
import type { Message } from '@nuncio/config'
import type { LiveCluster } from './live-cluster.ts'

/** A cluster with the configuration that it was made from. */
export interface ClusterEntry {
  readonly config: Message<'envoy.config.cluster.v3.Cluster'>
  readonly cluster: LiveCluster
  /** Of the discovery response; '' for clusters of the bootstrap. */
  readonly version: string
  readonly lastUpdatedMs: number
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
  const rates = cluster.outlier?.rates(host)
  return {
    address: { address: host.ip, port: host.port },
    addressText: host.address,
    hostname: host.hostname,
    stats: host.stats,
    healthFlags: host.healthFlags,
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

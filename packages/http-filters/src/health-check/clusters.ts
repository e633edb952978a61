import type { PrioritySet } from '@nuncio/cluster'
import type { Message } from '@nuncio/config'

/** The clusters that must be well, each with the least percentage of its hosts. */
export type Demands = readonly (readonly [cluster: string, percent: number])[]

export function compileDemands(
  config: Message<'envoy.extensions.filters.http.health_check.v3.HealthCheck'>['cluster_min_healthy_percentages'],
): Demands {
  return Object.entries(config ?? {}).map(([name, percent]) => [name, percent.value ?? 0])
}

/** Why an answer is what it is: Envoy's response code details. */
export type Judgement =
  | 'health_check_ok'
  | 'health_check_ok_cluster_healthy'
  | 'health_check_failed_no_cluster_found'
  | 'health_check_failed_cluster_empty'
  | 'health_check_failed_cluster_unhealthy'

interface Clusters {
  get(name: string): { readonly priorities: PrioritySet } | undefined
}

/** Judges clusters as they are now; the first that is not well decides. Degraded hosts count as well. */
export function judge(demands: Demands, clusters: Clusters): Judgement {
  for (const [name, percent] of demands) {
    const cluster = clusters.get(name)
    if (cluster === undefined) return 'health_check_failed_no_cluster_found'
    let total = 0
    let well = 0
    for (const level of cluster.priorities.levels) {
      total += level.hosts.length
      well += level.healthy.length + level.degraded.length
    }
    if (total === 0) {
      if (percent > 0) return 'health_check_failed_cluster_empty'
    } else if (100 * well < total * percent) return 'health_check_failed_cluster_unhealthy'
  }
  return demands.length === 0 ? 'health_check_ok' : 'health_check_ok_cluster_healthy'
}

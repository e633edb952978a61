import { MergeStats } from '@nuncio/cluster'
import type { Counter, Gauge, StatsStore } from '@nuncio/core'

/** Handles to `cluster_manager.*`. */
export class ManagerStats {
  readonly added: Counter
  readonly modified: Counter
  readonly removed: Counter
  readonly active: Gauge
  readonly warming: Gauge
  /** All that are active: none is put off until it is used. */
  readonly inflated: Gauge
  readonly merge: MergeStats

  /** @param worker number of this worker, from 0 */
  constructor(stats: StatsStore, worker = 0) {
    const scope = stats.scope('cluster_manager.')
    this.added = scope.counter('cluster_added')
    this.modified = scope.counter('cluster_modified')
    this.removed = scope.counter('cluster_removed')
    this.active = scope.gauge('active_clusters')
    this.warming = scope.gauge('warming_clusters')
    this.inflated = stats.gauge(`thread_local_cluster_manager.worker_${worker}.clusters_inflated`)
    this.merge = new MergeStats(scope)
  }
}

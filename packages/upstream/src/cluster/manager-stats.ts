import { MergeStats } from '@nuncio/cluster'
import type { Counter, Gauge, StatsStore } from '@nuncio/core'

/** Handles to `cluster_manager.*`. */
export class ManagerStats {
  readonly added: Counter
  readonly modified: Counter
  readonly removed: Counter
  readonly active: Gauge
  readonly warming: Gauge
  readonly merge: MergeStats

  constructor(stats: StatsStore) {
    const scope = stats.scope('cluster_manager.')
    this.added = scope.counter('cluster_added')
    this.modified = scope.counter('cluster_modified')
    this.removed = scope.counter('cluster_removed')
    this.active = scope.gauge('active_clusters')
    this.warming = scope.gauge('warming_clusters')
    this.merge = new MergeStats(scope)
  }
}

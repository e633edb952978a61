import { forgetBelow, type StatsStore } from '@nuncio/core'
import type { LiveCluster } from './live-cluster.ts'

/** Below a cluster's name, but of filters: they keep their handles, and a cluster of that name may come again. */
const OF_FILTERS = ['grpc.', 'grpc-web.']

/**
 * Clusters that were replaced, removed or given up: what runs on them ends in peace, then their statistics go too. Names
 * that come and go with each configuration would else pile up.
 */
export class LeavingClusters {
  readonly #stats: StatsStore
  /** With traffic that is not over. */
  readonly #leaving = new Set<LiveCluster>()
  /** Where the statistics of drained clusters are that were not told for the last time. */
  readonly #drained = new Set<string>()
  /** The same of those that were told. */
  #told: readonly string[] = []

  constructor(stats: StatsStore) {
    this.#stats = stats
  }

  add(cluster: LiveCluster): void {
    this.#leaving.add(cluster)
    this.#sort()
  }

  /** Before statistics are read; `others` are all clusters that are not among these. */
  refreshStats(others: () => readonly LiveCluster[]): void {
    for (const cluster of this.#leaving) cluster.refreshStats()
    this.#sort()
    if (this.#told.length > 0) {
      const used = [...others(), ...this.#leaving].map(prefixOf)
      const ofFilters = this.#told.flatMap((prefix) => OF_FILTERS.map((name) => prefix + name))
      forgetBelow(this.#stats, this.#told, [...used, ...this.#drained, ...ofFilters])
    }
    this.#told = [...this.#drained]
    this.#drained.clear()
  }

  close(): void {
    for (const cluster of this.#leaving) cluster.close()
    this.#leaving.clear()
  }

  #sort(): void {
    for (const cluster of this.#leaving) {
      if (!cluster.drained) continue
      cluster.refreshStats()
      this.#leaving.delete(cluster)
      this.#drained.add(prefixOf(cluster))
    }
  }
}

function prefixOf({ info }: LiveCluster): string {
  return info.stats.scope.prefix
}

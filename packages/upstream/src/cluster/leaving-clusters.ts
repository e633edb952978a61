import type { LiveCluster } from './live-cluster.ts'

/** Below a cluster's name, but of filters: they keep their handles, and a cluster of that name may come again. */
const OF_FILTERS = ['grpc.', 'grpc-web.']

/**
 * Clusters that were replaced, removed or given up: what runs on them ends in peace, then their statistics go too. Names
 * that come and go with each configuration would else pile up.
 */
export class LeavingClusters {
  /** With traffic that is not over. */
  readonly #leaving = new Set<LiveCluster>()
  readonly #drained = new Set<LiveCluster>()
  /** With statistics that were told for the last time. */
  #told: readonly LiveCluster[] = []

  add(cluster: LiveCluster): void {
    this.#sort()
    ;(cluster.drained ? this.#drained : this.#leaving).add(cluster)
  }

  /** Before statistics are read; `others` are all clusters that are not among these. */
  refreshStats(others: () => readonly LiveCluster[]): void {
    this.#sort()
    for (const cluster of [...this.#leaving, ...this.#drained]) cluster.refreshStats()
    if (this.#told.length > 0) forgetStats(this.#told, [...others(), ...this.#leaving, ...this.#drained])
    this.#told = [...this.#drained]
    this.#drained.clear()
  }

  close(): void {
    for (const cluster of this.#leaving) cluster.close()
    this.#leaving.clear()
    this.#drained.clear()
    this.#told = []
  }

  #sort(): void {
    for (const cluster of this.#leaving) {
      if (!cluster.drained) continue
      this.#leaving.delete(cluster)
      this.#drained.add(cluster)
    }
  }
}

function forgetStats(gone: readonly LiveCluster[], others: readonly LiveCluster[]): void {
  const prefixes = new Set(gone.map(prefixOf))
  const kept = new Set([
    ...others.map(prefixOf),
    ...gone.flatMap((one) => OF_FILTERS.map((name) => prefixOf(one) + name)),
  ])
  gone[0]?.info.stats.scope.store.forget((name) => {
    // The longest prefix counts: a cluster `a` does not take those of `a.b` with it.
    for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
      const prefix = name.slice(0, dot + 1)
      if (kept.has(prefix)) return false
      if (prefixes.has(prefix)) return true
    }
    return false
  })
}

function prefixOf({ info }: LiveCluster): string {
  return info.stats.scope.prefix
}

import { deepEqual } from '@nuncio/cluster'
import type { Message, Problem, Sources } from '@nuncio/config'
import { type ConfigPlace, configPlace } from '@nuncio/matching'
import type { ClusterEntry } from './cluster-view.ts'
import { type ClusterFactory, createCluster, type NewCluster } from './create-cluster.ts'
import type { LiveCluster } from './live-cluster.ts'
import type { ManagerStats } from './manager-stats.ts'

type ClusterConfig = Message<'envoy.config.cluster.v3.Cluster'>

/** How the clusters of another bootstrap are compared with those in use, and who hears of problems. */
export interface StageOptions {
  readonly report: (problem: Problem) => void
  readonly sources: Sources | undefined
  /** Clusters that mean something else now although they are written the same, as when a secret that they name changed. */
  readonly touched?: (config: ClusterConfig) => boolean
}

/** What the manager lends. */
interface Site {
  readonly active: Map<string, ClusterEntry>
  readonly factory: ClusterFactory
  readonly stats: ManagerStats
  /** Whom to call when a cluster is warm; undefined: nobody any more. */
  readonly onWarm: (cluster: LiveCluster, warm: (() => void) | undefined) => void
  readonly activate: (entry: ClusterEntry) => void
  readonly remove: (name: string) => void
  readonly giveUp: (cluster: LiveCluster) => void
  readonly counts: () => void
}

interface Staged {
  readonly entry: ClusterEntry
  readonly made: NewCluster
  readonly warm: PromiseWithResolvers<void>
}

/**
 * The clusters of another bootstrap, made beside those that run. `begin` sets them going, `ready` settles when all may be
 * used; then `commit`, which cannot fail, or `discard`, which leaves everything as it was.
 */
export class StagedClusters {
  readonly #site: Site
  readonly #staged: Staged[] = []
  /** Clusters that get other endpoints and are otherwise what they were. */
  readonly #endpoints: { readonly entry: ClusterEntry; readonly assign: () => void }[] = []
  readonly #removed: string[]

  constructor(configs: readonly ClusterConfig[], options: StageOptions, site: Site) {
    this.#site = site
    const names = new Set<string>()
    for (const [i, config] of configs.entries()) {
      const { report, sources } = options
      const { runtime } = site.factory
      const place = configPlace(config, { report, sources, runtime, path: `static_resources.clusters[${i}]` })
      const name = config.name ?? ''
      if (names.has(name)) place.at('name').error('duplicate', `there is another cluster '${name}'`)
      else this.#stage(config, place, options.touched ?? (() => false))
      names.add(name)
    }
    this.#removed = [...site.active]
      .filter(([name, { cluster }]) => !cluster.addedViaApi && !names.has(name))
      .map(([name]) => name)
  }

  #stage(config: ClusterConfig, place: ConfigPlace, touched: (config: ClusterConfig) => boolean): void {
    const { active, factory, onWarm } = this.#site
    const before = active.get(config.name ?? '')
    if (before?.cluster.addedViaApi === true)
      return place.at('name').error('duplicate', `a cluster '${config.name ?? ''}' was added over an API`)
    const lastUpdatedMs = factory.options.time.wallMs()
    if (before !== undefined && !touched(config)) {
      if (deepEqual(before.config, config)) return
      const assign = sameButEndpoints(before.config, config) && before.cluster.prepareEndpoints(config, place)
      if (assign) {
        this.#endpoints.push({ entry: { ...before, config, lastUpdatedMs }, assign })
        return
      }
    }
    const made = createCluster(config, place, factory, { addedViaApi: false, before: before?.cluster })
    const warm = Promise.withResolvers<void>()
    onWarm(made.cluster, warm.resolve)
    this.#staged.push({ entry: { config, cluster: made.cluster, version: '', lastUpdatedMs }, made, warm })
  }

  begin(): void {
    for (const { entry, made } of this.#staged) {
      entry.cluster.info.stats.scope.gauge('warming_state').set(1)
      made.begin()
    }
  }

  async ready(): Promise<void> {
    await Promise.all(this.#staged.map(({ warm }) => warm.promise))
  }

  commit(): void {
    const { active, activate, counts, onWarm, remove, stats } = this.#site
    for (const { entry } of this.#staged) {
      onWarm(entry.cluster, undefined)
      ;(active.has(entry.cluster.info.name) ? stats.modified : stats.added).inc()
      activate(entry)
    }
    for (const { entry, assign } of this.#endpoints) {
      stats.modified.inc()
      active.set(entry.cluster.info.name, entry)
      assign()
    }
    for (const name of this.#removed) remove(name)
    counts()
  }

  discard(): void {
    for (const { entry } of this.#staged) {
      const { cluster } = entry
      this.#site.onWarm(cluster, undefined)
      cluster.info.stats.scope.gauge('warming_state').set(0)
      this.#site.giveUp(cluster)
      this.#site.active.get(cluster.info.name)?.cluster.showMembership()
    }
  }
}

function sameButEndpoints(a: ClusterConfig, b: ClusterConfig): boolean {
  const { load_assignment: _a, ...left } = a
  const { load_assignment: _b, ...right } = b
  return deepEqual(left, right)
}

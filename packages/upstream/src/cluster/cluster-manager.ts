import { builtinLoadBalancers } from '@nuncio/balancers'
import {
  type Cluster,
  type ClusterManager,
  type ClusterView,
  deepEqual,
  localityOf,
  type SideRequest,
  type SideResponse,
} from '@nuncio/cluster'
import type { Message, Problem, Sources } from '@nuncio/config'
import { emptyRuntime, silentLogger } from '@nuncio/core'
import { configPlace } from '@nuncio/matching'
import { DnsCacheRegistry } from '../dns-cache/dns-cache-registry.ts'
import { FileEventLogs } from '../health/event-log.ts'
import { SideCalls } from '../side-calls/side-calls.ts'
import { TransportRegistry } from '../transport/definition.ts'
import { UPSTREAM_TRANSPORTS } from '../transport/registry.ts'
import { NO_SECRETS } from '@nuncio/tls'
import { type ClusterEntry, clusterView } from './cluster-view.ts'
import { type ClusterFactory, createCluster } from './create-cluster.ts'
import { LeavingClusters } from './leaving-clusters.ts'
import type { LiveCluster } from './live-cluster.ts'
import { ManagerStats } from './manager-stats.ts'
import type { ClusterManagerOptions } from './options.ts'
import { CLUSTER_TYPES } from './registry.ts'
import { StagedClusters, type StageOptions } from './staged-clusters.ts'
import { ResolverChoice } from './resolver-choice.ts'

type ClusterConfig = Message<'envoy.config.cluster.v3.Cluster'>

/** What came of an attempt to add or change a cluster. */
export interface ClusterUpdate {
  /**
   * - `warming`: it will be used once it has hosts (or knows that it has none); until then the old one is
   * - `unchanged`: the configuration is the one that is in use, or warming
   * - `rejected`: nothing changed, `problems` say why
   */
  readonly outcome: 'warming' | 'unchanged' | 'rejected'
  readonly problems: readonly Problem[]
}

/** Where the configuration of a cluster came from. */
export interface AddClusterOptions {
  readonly sources?: Sources
  /** Of the discovery response, for `/config_dump`. */
  readonly version?: string
  /** Path of the cluster in its file, for problems. */
  readonly path?: string
}

/** The clusters of one server (or worker): adds, replaces and removes them while traffic goes on. */
export class ClusterManagerImpl implements ClusterManager {
  readonly dnsCaches: DnsCacheRegistry
  readonly #options: ClusterManagerOptions
  readonly #active = new Map<string, ClusterEntry>()
  readonly #warming = new Map<string, ClusterEntry>()
  readonly #leaving: LeavingClusters
  /** Prepared clusters and what to call when they are warm. */
  readonly #staged = new Map<LiveCluster, () => void>()
  readonly #watchers = new Map<string, Set<() => void>>()
  readonly #resolvers: ResolverChoice
  readonly #factory: ClusterFactory
  readonly #stats: ManagerStats
  readonly #sideCalls: SideCalls
  readonly #waiting: (() => void)[] = []
  #connectionIds = 0
  #closed = false

  constructor(options: ClusterManagerOptions) {
    this.#options = options
    const { bootstrap, stats, time, random, runtime = emptyRuntime, logger = silentLogger } = options
    this.#stats = new ManagerStats(stats, options.worker)
    this.#leaving = new LeavingClusters(stats)
    this.#resolvers = new ResolverChoice(options.resolver, bootstrap ?? {}, { time, random, stats: stats.scope('') })
    this.dnsCaches = new DnsCacheRegistry({ time, random, stats, resolvers: this.#resolvers })
    this.#sideCalls = new SideCalls({
      clusters: this,
      time,
      wheel: options.wheel,
      stats,
      ownAddress: options.ownAddress ?? '',
    })
    const ownTypes = options.clusterTypes ?? []
    const node = bootstrap?.node?.locality
    this.#factory = {
      options,
      runtime,
      logger,
      loadBalancers: options.loadBalancers ?? builtinLoadBalancers,
      clusterTypes: [...ownTypes, ...CLUSTER_TYPES.filter((type) => !ownTypes.some((own) => own.name === type.name))],
      transports: new TransportRegistry([...UPSTREAM_TRANSPORTS, ...(options.transports ?? [])]),
      secrets: options.secrets ?? NO_SECRETS,
      resolvers: this.#resolvers,
      dnsCaches: this.dnsCaches,
      eventLogs: options.eventLogs ?? new FileEventLogs(logger),
      locality: options.locality ?? (node === undefined ? undefined : localityOf(node)),
      clusters: {
        get: (name) => this.#active.get(name)?.cluster,
        watch: (name, onChange) => this.#watch(name, onChange),
      },
      mergeStats: this.#stats.merge,
      nextConnectionId: () => ++this.#connectionIds,
      onMoved: (cluster) => this.#notify(cluster.info.name),
      onWarm: (cluster) => this.#onWarm(cluster),
    }
    for (const [i, config] of (bootstrap?.static_resources?.clusters ?? []).entries()) this.#addStatic(config, i)
  }

  get(name: string): Cluster | undefined {
    return this.#active.get(name)?.cluster
  }
  coming(name: string): Cluster | undefined {
    for (const cluster of this.#staged.keys()) if (cluster.info.name === name) return cluster
    return undefined
  }

  /** Settles when every cluster that was added so far may be used (or was removed). */
  async ready(): Promise<void> {
    if (this.#warming.size === 0) return
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
    await this.ready()
  }

  /**
   * Adds a cluster, or changes one of the same name: the new one warms beside the old and then takes its place; what
   * runs on the old one ends in peace. Clusters of the bootstrap cannot be changed.
   */
  addOrUpdate(config: ClusterConfig, options: AddClusterOptions = {}): ClusterUpdate {
    const name = config.name ?? ''
    const active = this.#active.get(name)
    const newest = this.#warming.get(name) ?? active
    if (newest !== undefined && deepEqual(newest.config, config)) return { outcome: 'unchanged', problems: [] }
    const problems: Problem[] = []
    const place = configPlace(config, {
      report: (problem) => void problems.push(problem),
      sources: options.sources,
      runtime: this.#factory.runtime,
      path: options.path ?? `clusters['${name}']`,
    })
    if (active !== undefined && !active.cluster.addedViaApi)
      place.at('name').error('conflict', `the cluster '${name}' is one of the bootstrap's and cannot be changed`)
    if (problems.length > 0) return { outcome: 'rejected', problems }
    const made = createCluster(config, place, this.#factory, { addedViaApi: true, before: active?.cluster })
    if (problems.some((problem) => problem.severity === 'error')) {
      this.#giveUp(made.cluster)
      return { outcome: 'rejected', problems }
    }
    ;(active === undefined ? this.#stats.added : this.#stats.modified).inc()
    this.#warm({
      config,
      cluster: made.cluster,
      version: options.version ?? '',
      lastUpdatedMs: this.#options.time.wallMs(),
    })
    made.begin()
    return { outcome: 'warming', problems }
  }

  /**
   * Prepares the clusters of another bootstrap: new and changed ones warm beside those that run and take their place at
   * `commit`; those that are written the same are not touched, and those that were added over an API stay.
   */
  stage(configs: readonly ClusterConfig[], options: StageOptions): StagedClusters {
    return new StagedClusters(configs, options, {
      active: this.#active,
      factory: this.#factory,
      stats: this.#stats,
      onWarm: (cluster, warm) => {
        if (warm === undefined) this.#staged.delete(cluster)
        else this.#staged.set(cluster, warm)
      },
      activate: (entry) => this.#activate(entry),
      remove: (name) => this.#remove(name),
      giveUp: (cluster) => this.#giveUp(cluster),
      counts: () => this.#counts(),
    })
  }

  /** Removes a cluster that was added; false when there is none, or it is one of the bootstrap's. */
  remove(name: string): boolean {
    const active = this.#active.get(name)
    const warming = this.#warming.get(name)
    if ((active ?? warming)?.cluster.addedViaApi !== true) return false
    this.#warming.delete(name)
    if (warming !== undefined) this.#giveUp(warming.cluster)
    this.#remove(name)
    this.#counts()
    this.#wake()
    return true
  }

  #remove(name: string): void {
    const active = this.#active.get(name)
    this.#active.delete(name)
    if (active !== undefined) this.#leave(active.cluster)
    this.#stats.removed.inc()
    this.#notify(name)
  }

  /** Sends a request to a cluster and reads the whole answer; see `SideCalls`. */
  fetch(cluster: string, request: SideRequest): Promise<SideResponse> {
    return this.#sideCalls.fetch(cluster, request)
  }

  /** Every cluster that may be used, as `/clusters` shows them. */
  clusters(): readonly ClusterView[] {
    return [...this.#active.values()].map((entry) => clusterView(entry))
  }

  /** Clusters with their configurations, for `/config_dump`: those in use, and those that warm. */
  entries(): { readonly active: readonly ClusterEntry[]; readonly warming: readonly ClusterEntry[] } {
    return { active: [...this.#active.values()], warming: [...this.#warming.values()] }
  }

  /** Brings gauges and byte counters up to date with this moment; call before statistics are read. */
  refreshStats(): void {
    for (const { cluster } of this.#active.values()) cluster.refreshStats()
    this.#leaving.refreshStats(() => [
      ...[...this.#active.values(), ...this.#warming.values()].map((entry) => entry.cluster),
      ...this.#staged.keys(),
    ])
  }

  /** Ends every connection, query, check and timer at once. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#sideCalls.close()
    for (const { cluster } of [...this.#warming.values(), ...this.#active.values()]) cluster.close()
    for (const cluster of this.#staged.keys()) cluster.close()
    this.#leaving.close()
    this.#staged.clear()
    this.#warming.clear()
    this.#active.clear()
    this.dnsCaches.close()
    this.#resolvers.close()
    this.#wake()
    if (this.#options.eventLogs === undefined) await this.#factory.eventLogs.close()
  }

  #addStatic(config: ClusterConfig, index: number): void {
    const { report = () => {}, sources } = this.#options
    const place = configPlace(config, {
      report,
      sources,
      runtime: this.#factory.runtime,
      path: `static_resources.clusters[${index}]`,
    })
    const name = config.name ?? ''
    if (this.#active.has(name) || this.#warming.has(name)) {
      return place.at('name').error('duplicate', `there is another cluster '${name}'`)
    }
    const made = createCluster(config, place, this.#factory, { addedViaApi: false, before: undefined })
    this.#stats.added.inc()
    this.#warm({ config, cluster: made.cluster, version: '', lastUpdatedMs: this.#options.time.wallMs() })
    made.begin()
  }

  #warm(entry: ClusterEntry): void {
    const name = entry.cluster.info.name
    const before = this.#warming.get(name)
    if (before !== undefined) this.#giveUp(before.cluster)
    this.#warming.set(name, entry)
    entry.cluster.info.stats.scope.gauge('warming_state').set(1)
    this.#counts()
  }

  #onWarm(cluster: LiveCluster): void {
    const { name } = cluster.info
    const staged = this.#staged.get(cluster)
    if (staged !== undefined) return staged()
    const entry = this.#warming.get(name)
    if (entry === undefined || entry.cluster !== cluster || this.#closed) return
    this.#warming.delete(name)
    this.#activate(entry)
    this.#counts()
    this.#wake()
  }

  /** An entry is in use from now on, in the place of the one that was. */
  #activate(entry: ClusterEntry): void {
    const { cluster } = entry
    const { name } = cluster.info
    const old = this.#active.get(name)
    cluster.succeed(old?.cluster)
    this.#active.set(name, entry)
    cluster.info.stats.scope.gauge('warming_state').set(0)
    if (old !== undefined) this.#leave(old.cluster)
    this.#notify(name)
  }

  #leave(cluster: LiveCluster): void {
    cluster.retire()
    this.#leaving.add(cluster)
  }

  /** One that was never in use. */
  #giveUp(cluster: LiveCluster): void {
    cluster.close()
    this.#leaving.add(cluster)
  }

  #counts(): void {
    this.#stats.active.set(this.#active.size)
    this.#stats.inflated.set(this.#active.size)
    this.#stats.warming.set(this.#warming.size)
  }

  #watch(name: string, onChange: () => void): () => void {
    let set = this.#watchers.get(name)
    if (set === undefined) this.#watchers.set(name, (set = new Set()))
    set.add(onChange)
    return () => {
      set.delete(onChange)
      if (set.size === 0 && this.#watchers.get(name) === set) this.#watchers.delete(name)
    }
  }

  #notify(name: string): void {
    for (const onChange of this.#watchers.get(name) ?? []) onChange()
    if (name !== this.#options.bootstrap?.cluster_manager?.local_cluster_name) return
    // Zone-aware balancers look at where the proxies are.
    for (const { cluster } of this.#active.values()) cluster.loadBalancer.update(cluster.priorities)
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

/** Makes a cluster manager; the bootstrap's static clusters begin at once. `await manager.ready()` before using them. */
export function createClusterManager(options: ClusterManagerOptions): ClusterManagerImpl {
  return new ClusterManagerImpl(options)
}

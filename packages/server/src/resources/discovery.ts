import { type Message, type Problem, type Sources } from '@nuncio/config'
import { configPlace } from '@nuncio/matching'
import { ClusterResources, CLUSTER } from './cluster-resources.ts'
import type { DiscoverySite } from './discovery-site.ts'
import { LISTENER, ListenerResources } from './listener-resources.ts'

type Bootstrap = Message<'envoy.config.bootstrap.v3.Bootstrap'>

/** `dynamic_resources` of a bootstrap: clusters and listeners that come over xDS. */
export class Discovery {
  readonly clusters: ClusterResources
  readonly listeners: ListenerResources
  readonly #site: DiscoverySite
  readonly #config: NonNullable<Bootstrap['dynamic_resources']>

  constructor(site: DiscoverySite, bootstrap: Bootstrap) {
    this.#site = site
    this.#config = bootstrap.dynamic_resources ?? {}
    this.clusters = new ClusterResources(site)
    this.listeners = new ListenerResources(site)
  }

  /** Reports sources that nothing can be had from. */
  check(bootstrap: Bootstrap, sources: Sources, report: (problem: Problem) => void): void {
    const place = configPlace(bootstrap, { report, sources }).at('dynamic_resources', bootstrap.dynamic_resources)
    for (const field of ['cds_config', 'lds_config'] as const) {
      const config = this.#config[field]
      const obstacle = config === undefined ? '' : this.#site.resources.obstacle(config)
      if (obstacle !== '') place.at(field, config).error('unsupported', obstacle)
    }
  }

  /** Clusters that were there in time are warming when this returns. */
  beginClusters(): void {
    const { cds_config: config } = this.#config
    if (config === undefined) return
    const stats = this.#site.stats.scope('cluster_manager.cds.')
    this.#site.resources.subscribe({ type: CLUSTER, config, stats }, this.clusters)
  }

  /** Settles when the listeners of the first response listen, or cannot. */
  async beginListeners(): Promise<void> {
    const { lds_config: config } = this.#config
    if (config === undefined) return
    const stats = this.#site.stats.scope('listener_manager.lds.')
    this.#site.resources.subscribe({ type: LISTENER, config, stats }, this.listeners)
    await this.listeners.answered
  }
}

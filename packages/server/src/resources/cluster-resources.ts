import type { Problem } from '@nuncio/config'
import type { Counter, Gauge } from '@nuncio/core'
import type { ClusterManagerImpl } from '@nuncio/upstream'
import {
  type DiscoveredResource,
  type DiscoveredResources,
  hasErrors,
  problemsOf,
  type ResourceSubscriber,
} from '@nuncio/xds'
import type { DiscoverySite } from './discovery-site.ts'

export const CLUSTER = 'envoy.config.cluster.v3.Cluster'

/**
 * Clusters that come over xDS (CDS). Each response is all there are: others go. One that cannot be made keeps the one that
 * there is, beside those that can.
 */
export class ClusterResources implements ResourceSubscriber<typeof CLUSTER> {
  /** Of the last response that was taken whole. */
  version = ''
  readonly #clusters: ClusterManagerImpl
  readonly #wallMs: () => number
  readonly #names = new Set<string>()
  readonly #reload: Counter
  readonly #reloadTime: Gauge

  constructor({ clusters, stats, time }: DiscoverySite) {
    const scope = stats.scope('cluster_manager.cds.')
    this.#clusters = clusters
    this.#wallMs = () => time.wallMs()
    this.#reload = scope.counter('config_reload')
    this.#reloadTime = scope.gauge('config_reload_time_ms')
  }

  onResources(response: DiscoveredResources<typeof CLUSTER>): readonly Problem[] {
    const problems = problemsOf(response)
    const seen = new Set<string>()
    let changes = 0
    for (const resource of response.resources) {
      const { name = '' } = resource.message
      if (seen.has(name)) problems.push(response.problem(`there is another cluster "${name}"`))
      else if (!hasErrors(resource.problems) && this.#add(resource, response, problems)) changes++
      seen.add(name)
    }
    // One whose name cannot be read may be any that there is: none goes.
    if (response.unread.length === 0 && !seen.has('')) this.#keepOnly(seen)
    if (!hasErrors(problems)) this.version = response.version
    if (changes > 0) {
      this.#reload.inc()
      this.#reloadTime.set(Math.round(this.#wallMs()))
    }
    return problems
  }

  onFailure(): void {}

  #add(
    { message: config, path }: DiscoveredResource<typeof CLUSTER>,
    { sources, version }: DiscoveredResources<typeof CLUSTER>,
    problems: Problem[],
  ): boolean {
    const update = this.#clusters.addOrUpdate(config, { sources, version, path })
    problems.push(...update.problems)
    if (update.outcome !== 'warming') return false
    this.#names.add(config.name ?? '')
    return true
  }

  #keepOnly(seen: ReadonlySet<string>): void {
    for (const name of this.#names) {
      if (seen.has(name)) continue
      this.#names.delete(name)
      this.#clusters.remove(name)
    }
  }
}

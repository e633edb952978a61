import { HostRegistry } from '@nuncio/cluster'
import type { ConfigView } from '@nuncio/checks'
import { membersOf, policyName, sceneOf, VirtualTime } from '@nuncio/simulator'
import type { ClusterSummary } from './protocol.ts'

const MOST_HOSTS = 2000

/** The clusters of a configuration as the laboratory lists them. */
export function clusterSummaries(view: ConfigView): ClusterSummary[] {
  return [...view.clusters.keys()].map((name) => {
    const scene = sceneOf(view.loaded, name)!
    const registry = new HostRegistry({ time: new VirtualTime() })
    const hosts = registry.update(membersOf(scene.cluster, { report: () => {} })).added.slice(0, MOST_HOSTS)
    const zones = new Set(hosts.map(({ locality }) => locality.zone).filter((zone) => zone !== ''))
    return { name, policy: policyName(scene.cluster), hosts: hosts.map(({ address }) => address), zones: [...zones] }
  })
}

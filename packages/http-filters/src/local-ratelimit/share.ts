import type { PrioritySet } from '@nuncio/cluster'
import type { FilterContext } from '@nuncio/filter-chain'
import type { ConfigPlace } from '@nuncio/matching'

interface Clusters {
  get(name: string): { readonly priorities: PrioritySet } | undefined
}

/** How many proxies share a limit: every host of their cluster, well or not; one, while none is known. */
export function siblingsIn(clusters: Clusters, name: string): number {
  let hosts = 0
  for (const { hosts: list } of clusters.get(name)?.priorities.levels ?? []) hosts += list.length
  return Math.max(1, hosts)
}

/** The cluster whose members share the limit; undefined, and a problem, when there is none. */
export function sharingCluster(
  perConnection: boolean,
  place: ConfigPlace,
  { proxy, clusters }: Pick<FilterContext, 'proxy' | 'clusters'>,
): string | undefined {
  const { siblings = '' } = proxy
  if (perConnection)
    place.error('oneof-conflict', 'what each connection has for itself is not shared with other proxies')
  else if (siblings === '')
    place.error('missing-field', 'no cluster of proxies is named', 'set cluster_manager.local_cluster_name')
  else if (clusters.get(siblings) === undefined) place.error('unknown-cluster', `there is no cluster "${siblings}"`)
  else return siblings
  return undefined
}

import type { ClusterManager } from '@nuncio/cluster'
import type { RouteTable } from '@nuncio/router'
import type { HttpFilterChain, RouteSite } from './engine/plan.ts'

/**
 * Compiles what a route table says to the filters that clusters have of their own, for the clusters that its routes name:
 * its problems are known before the first request, as those of the connection manager's filters are.
 */
export function compileForClusters(table: RouteTable, path: string, clusters: ClusterManager, site?: RouteSite): void {
  for (const placed of table.filterConfigs()) {
    const chains = new Set<HttpFilterChain>()
    for (const name of new Set(placed.clusters())) {
      const cluster = clusters.coming?.(name) ?? clusters.get(name)
      if (cluster?.info.httpFilters !== undefined) chains.add(cluster.info.httpFilters as HttpFilterChain)
    }
    for (const chain of chains) chain.compileRoute(placed, path, site)
  }
}

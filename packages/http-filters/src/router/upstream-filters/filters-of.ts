import type { Cluster } from '@nuncio/cluster'
import type { HttpFilterChain } from '@nuncio/filter-chain'

/** The filters on tries at a cluster: its own in place of the router's. */
export function filtersOf({ info }: Cluster, ofRouter: HttpFilterChain | undefined): HttpFilterChain | undefined {
  return (info.httpFilters as HttpFilterChain | undefined) ?? ofRouter
}

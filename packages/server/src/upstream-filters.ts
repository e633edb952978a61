import type { Logger, OverloadState, RandomGenerator, Runtime, TimerWheel, TimeSource } from '@nuncio/core'
import {
  buildHttpFilterChain,
  type ClusterClients,
  type HttpFilterDefinition,
  type ProxyView,
} from '@nuncio/filter-chain'
import type { ClusterManagerOptions } from '@nuncio/upstream'
import { nodePlatform } from './platform/node-platform.ts'

/** What the filters of clusters are given. */
export interface UpstreamFilterParts {
  readonly time: TimeSource
  readonly wheel: TimerWheel
  readonly random: RandomGenerator
  readonly runtime: Runtime
  readonly logger: Logger
  readonly proxy: ProxyView
  readonly state: OverloadState
  /** Asked when a filter makes a side call: clusters are made with their filters. */
  readonly clusters: () => ClusterClients
}

/** Makes the filters that a cluster has on each try at it (`http_filters` of its HTTP options). */
export function upstreamFilters(
  definitions: readonly HttpFilterDefinition[],
  { clusters, state, ...parts }: UpstreamFilterParts,
): NonNullable<ClusterManagerOptions['compileHttpFilters']> {
  const clients: ClusterClients = {
    get: (name) => clusters().get(name),
    fetch: (cluster, request) => clusters().fetch(cluster, request),
  }
  return (filters, { place, stats, onDispose }) =>
    buildHttpFilterChain(
      filters,
      {
        ...parts,
        definitions,
        loadShed: state.filterCheck,
        stats,
        clusters: clients,
        platform: nodePlatform,
        sources: place.scope.sources,
        path: place.path,
        report: place.scope.report,
        onDispose,
      },
      'upstream',
    )
}

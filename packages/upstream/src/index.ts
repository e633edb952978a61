export {
  type AddClusterOptions,
  type ClusterUpdate,
  ClusterManagerImpl,
  createClusterManager,
} from './cluster/cluster-manager.ts'
export type { ClusterManagerOptions } from './cluster/options.ts'
export type {
  AnyClusterType,
  ClusterTypeDefinition,
  ClusterWatch,
  Discovery,
  DiscoveryContext,
  WatchedCluster,
} from './cluster/cluster-type.ts'
export type { ClusterEntry } from './cluster/cluster-view.ts'
export { CLUSTER_TYPES } from './cluster/registry.ts'
export type { StagedClusters, StageOptions } from './cluster/staged-clusters.ts'
export {
  type DnsAddress,
  type DnsAnswer,
  type DnsLookupFamily,
  type DnsQuery,
  type DnsResolver,
  NodeResolver,
  type NodeResolverOptions,
} from './dns/index.ts'
export { NO_SEARCH, type SearchList } from './dns/search-list.ts'
export { type EventLogs, FileEventLogs } from './health/event-log.ts'
export { UPSTREAM_HONOURS } from './honours.ts'
export type { AnyTransportDefinition, TransportContext, UpstreamTransportDefinition } from './transport/definition.ts'
export { UPSTREAM_TRANSPORTS } from './transport/registry.ts'
export type { Preamble, UpstreamTransport } from './transport/transport.ts'
export { type LocalAddress, type LocalBinding, localBinding } from './transport/dial/bind.ts'

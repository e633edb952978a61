export { CircuitBreaker, type CircuitBreakerLimits } from './circuit-breaker/circuit-breaker.ts'
export { CircuitBreakerGauges } from './circuit-breaker/gauges.ts'
export { ClusterStats } from './cluster-stats.ts'
export type { ClusterInfo, DecidedCluster } from './contracts/cluster-info.ts'
export type {
  Cluster,
  ClusterManager,
  Outcome,
  PendingStream,
  PoolFailure,
  RoutingPriority,
  TcpConnection,
  TcpPool,
  TcpPoolCallbacks,
  UpstreamCallbacks,
  UpstreamConnection,
  UpstreamPool,
} from './contracts/cluster.ts'
export {
  type Health,
  type HealthCheckTarget,
  HealthFlag,
  type HealthStatus,
  type Host,
  type HostSet,
  type HostStats,
  type Locality,
  type PrioritySet,
} from './contracts/host.ts'
export type {
  HostExplanation,
  LoadBalancer,
  LoadBalancerContext,
  LoadBalancerExplanation,
} from './contracts/load-balancer.ts'
export { decideCluster, type DecideClusterOptions } from './decide/decide-cluster.ts'
export { type Finding, reportAt, type Reporting } from './decide/problems.ts'
export {
  ClusterHost,
  createHost,
  deepEqual,
  type HostDescription,
  NO_LOCALITY,
  sameLocality,
} from './host/cluster-host.ts'
export { coarseHealth, healthFlagsText, healthStatus, isExcluded } from './host/health.ts'
export { buildHostSet, type LevelHosts, type LocalityHosts } from './host/host-set.ts'
export {
  addressTarget,
  describeAssignment,
  isIp,
  type LocalityMembers,
  localityOf,
  type Membership,
  type ResolveEndpoint,
  type SocketTarget,
} from './host/membership.ts'
export { HostRegistry, type HostRegistryOptions, type MembershipChange } from './host/registry.ts'
export { largestMetric, type LoadReport, parseLoadReport } from './orca/load-report.ts'
export { PlainContext } from './plain-context.ts'

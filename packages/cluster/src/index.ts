export { CircuitBreaker, type CircuitBreakerLimits } from './circuit-breaker/circuit-breaker.ts'
export { CircuitBreakerGauges } from './circuit-breaker/gauges.ts'
export type { ClusterInfo, DecidedCluster } from './contracts/cluster-info.ts'
export type { ClusterView, HostView, OutlierView, ThresholdsView } from './contracts/cluster-view.ts'
export type {
  Cluster,
  ClusterManager,
  DnsCacheClient,
  DnsCaches,
  DnsLoad,
  LoggedPick,
  Outcome,
  PendingStream,
  PoolFailure,
  RoutingPriority,
  RawReader,
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
export {
  type AbortSignalLike,
  SideCallError,
  type SideCallFailure,
  type SideRequest,
  type SideResponse,
} from './contracts/side-call.ts'
export { decideCluster, type DecideClusterOptions } from './decide/decide-cluster.ts'
export { HTTP_OPTIONS } from './decide/http-options.ts'
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
export { MergeStats, MergeWindow, type MergeWindowOptions } from './host/merge-window.ts'
export { HostRegistry, type HostRegistryOptions, type MembershipChange, type Predecessors } from './host/registry.ts'
export { largestMetric, type LoadReport } from './orca/load-report.ts'
export { parseLoadReport } from './orca/parse-load-report.ts'
export { noteCluster } from './note-cluster.ts'
export { tagTarget } from './tag-target.ts'
export { PlainContext } from './plain-context.ts'
export type { HealthCheckEvent } from './health-check/events.ts'
export { HealthChecker, type HealthCheckerOptions } from './health-check/health-checker.ts'
export { decideHealthCheck, type HealthCheckInfo } from './health-check/info.ts'
export type { FailureType, HealthProbe, ProbeFailure, ProbeInFlight, ProbeResult } from './health-check/probe.ts'
export type { HealthTransition } from './health-check/session.ts'
export { CLUSTER_HONOURS } from './honours.ts'
export { grpcToHttp } from './outlier-detection/classify.ts'
export { type ConsecutiveErrors, readMonitors } from './outlier-detection/consecutive-errors.ts'
export { OutlierDetector, type OutlierDetectorOptions } from './outlier-detection/detector.ts'
export type { EjectionType, OutlierEvent } from './outlier-detection/events.ts'
export { type OutlierConfig, OutlierInfo } from './outlier-detection/info.ts'
export { createHostPredicate, type HostPredicate } from './retry/host-predicates.ts'
export { PreviousPriorities } from './retry/previous-priorities.ts'
export type {
  Connecting,
  ConnectionUser,
  Connector,
  DialFailure,
  ProxiedConnection,
  StreamConnection,
  TransportOptions,
} from './pool/connector.ts'
export { PoolConnection } from './pool/pool-connection.ts'
export { PoolStats } from './pool/pool-stats.ts'
export { type PoolContext, StreamPool } from './pool/stream-pool.ts'
export { countOutcome } from './outcome/count-outcome.ts'
export { PickLog, type PickLogOptions } from './picks/pick-log.ts'
export { ClusterStats } from './stats/cluster-stats.ts'
export { RequestTally } from './stats/request-tally.ts'
export { ResponseStats } from './stats/response-stats.ts'
export { MessageSizes } from './stats/message-sizes.ts'
export { TimeoutBudgets } from './stats/timeout-budgets.ts'

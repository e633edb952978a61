import type { CompileHashPolicy, LoadBalancerDefinition, ScoreTermDefinition } from '@nuncio/balancers'
import type { Message, Problem, Sources } from '@nuncio/config'
import type { Locality } from '@nuncio/cluster'
import type {
  LoadShedPoint,
  Logger,
  RandomGenerator,
  Runtime,
  StatsScope,
  StatsStore,
  TimerWheel,
  TimeSource,
} from '@nuncio/core'
import type { WriteBatch } from '@nuncio/http-codec'
import type { ConfigPlace } from '@nuncio/matching'
import type { DnsResolver } from '../dns/dns-resolver.ts'
import type { EventLogs } from '../health/event-log.ts'
import type { InternalDialler } from '../transport/dial/internal.ts'
import type { AnyTransportDefinition } from '../transport/definition.ts'
import type { CertificateRegistry, KeyLogFiles, SecretResolver } from '@nuncio/tls'
import type { ResourceSource } from '@nuncio/xds'
import type { AnyClusterType } from './cluster-type.ts'

type HttpOptions = Message<'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'>

/** Where the filters of a cluster are made. */
export interface HttpFiltersSite {
  readonly place: ConfigPlace
  /** `cluster.<name>.` */
  readonly stats: StatsScope
  readonly onDispose: (dispose: () => void) => void
}

/** What a cluster manager needs of the world. */
export interface ClusterManagerOptions {
  /** Its static clusters are added at once; `cluster_manager`, `node` and the DNS settings count too. */
  readonly bootstrap?: Message<'envoy.config.bootstrap.v3.Bootstrap'>
  readonly time: TimeSource
  /** For everything that has a deadline: connect and idle timeouts. Not stopped by the manager. */
  readonly wheel: TimerWheel
  /** The write batch of the event loop that the connections live on. */
  readonly batch: WriteBatch
  readonly random: RandomGenerator
  readonly stats: StatsStore
  /** `connection_pool_new_connection`: asked before each new upstream connection for a request. */
  readonly newConnection?: LoadShedPoint
  readonly runtime?: Runtime
  readonly logger?: Logger
  /** Told what is wrong with static clusters; clusters that are added later answer their problems. */
  readonly report?: (problem: Problem) => void
  readonly sources?: Sources | undefined
  /** In place of a resolver over c-ares, for all clusters whatever DNS servers they name. */
  readonly resolver?: DnsResolver
  /** Load balancing policies that may be named; default: those of @nuncio/balancers. */
  readonly loadBalancers?: readonly LoadBalancerDefinition[]
  /** Score terms of one's own, by name beside those of @nuncio/balancers. */
  readonly scoreTerms?: readonly ScoreTermDefinition[]
  /** Compiles hash policies that stand inside a load balancing policy; without it they are reported as unsupported. */
  readonly compileHashPolicy?: (
    policies: Parameters<CompileHashPolicy>[0],
    place: ConfigPlace,
  ) => ReturnType<CompileHashPolicy> | undefined
  /** Compiles the policies for requests in a cluster's HTTP options; without it they are reported as unsupported. */
  readonly compilePolicies?: (config: HttpOptions, place: ConfigPlace) => object | undefined
  /**
   * Makes the filters on the tries at a cluster, from `http_filters` of its HTTP options; without it they are reported as
   * unsupported. `onDispose` calls back when the cluster is gone.
   */
  readonly compileHttpFilters?: (filters: NonNullable<HttpOptions['http_filters']>, site: HttpFiltersSite) => object
  /** Number of this worker, from 0; 0 where there is but one. */
  readonly worker?: number | undefined
  /** More cluster types than nuncio's own; one of the same name replaces it. */
  readonly clusterTypes?: readonly AnyClusterType[]
  /** More transport sockets than nuncio's own; one of the same type replaces it. */
  readonly transports?: readonly AnyTransportDefinition[]
  readonly secrets?: SecretResolver
  /** Told of the certificates in use. */
  readonly certificates?: CertificateRegistry
  /** Where key logs of TLS are written; without it they are refused. */
  readonly keyLogFiles?: KeyLogFiles
  /** Where EDS clusters get their endpoints; without one they are reported as unsupported. */
  readonly resources?: ResourceSource
  /** Where this proxy runs; default: `node.locality` of the bootstrap. */
  readonly locality?: Locality
  /** An IP address of this machine, which services that the proxy itself calls are told; '' or absent = none. */
  readonly ownAddress?: string
  /** The way to internal listeners; without it they cannot be reached. */
  readonly internalListeners?: InternalDialler
  /** Where health check and outlier events are written; default: files as configured. */
  readonly eventLogs?: EventLogs
}

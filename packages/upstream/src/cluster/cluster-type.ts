import type { AnyMessage, EnumName, Message, MessageSchema } from '@nuncio/config'
import type {
  Cluster,
  ClusterHost,
  DecidedCluster,
  Host,
  HostRegistry,
  LoadBalancer,
  Membership,
  PrioritySet,
  SocketTarget,
} from '@nuncio/cluster'
import type { Logger, RandomGenerator, Runtime, TimeSource } from '@nuncio/core'
import type { ConfigPlace } from '@nuncio/matching'
import type { ResourceSource } from '@nuncio/xds'
import type { DnsCacheRegistry } from '../dns-cache/dns-cache-registry.ts'
import type { DnsResolver } from '../dns/dns-resolver.ts'
import type { MembershipStats } from './membership-stats.ts'
import type { DnsSettings } from './resolver-choice.ts'

/** Finds out who the hosts of one cluster are, for as long as the cluster lives. */
export interface Discovery {
  /** Begins; tells hosts with `setMembership`, and `ready` once there is a first answer. Both may come at once. */
  start(): void
  /** The balancer that the type brings along, for `CLUSTER_PROVIDED`. */
  readonly loadBalancer?: LoadBalancer
  /** The cluster whose pools, limits and statistics carry a host's traffic; undefined = this one. */
  clusterOf?(host: Host): Cluster | undefined
  /** Hosts that the type keeps itself (other clusters', or named ones); they are the cluster's `priorities` then. */
  readonly priorities?: PrioritySet
  /** For types with hosts of their own: their health moved, `priorities` are to be made anew. */
  rebuild?(): void
  /**
   * Prepares the endpoints of a configuration that differs in nothing else; the result takes them over. What is wrong with
   * them is reported at `place`. Types without it are made anew when their endpoints change.
   */
  assign?(config: Message<'envoy.config.cluster.v3.Cluster'>, place: ConfigPlace): () => void
  /** Stops for good: no timer, query or subscription is left. */
  close(): void
}

/** What a cluster type is given for one cluster. */
export interface DiscoveryContext {
  readonly info: DecidedCluster
  /** Where the cluster stands in the configuration; problems are reported there. */
  readonly place: ConfigPlace
  readonly time: TimeSource
  readonly random: RandomGenerator
  readonly runtime: Runtime
  readonly logger: Logger
  /** The hosts as they are; changed by `setMembership` and `moveHost` only. */
  readonly hosts: HostRegistry
  /** Counters of discovery. */
  readonly membership: MembershipStats
  /** A resolver as the cluster's DNS settings, or those of its type, want it; shared, not to be closed. */
  resolver(settings?: DnsSettings): DnsResolver
  readonly dnsCaches: DnsCacheRegistry
  /** Called when the cluster finds no hosts any more, also when it never began to. */
  readonly onDispose: (dispose: () => void) => void
  /** Where what comes over xDS is had from. */
  readonly resources: ResourceSource | undefined
  /** Other clusters by name, as they come and go. */
  readonly clusters: ClusterWatch
  /** Whether hosts are spoken to over TLS, which decides the port of hosts that name none. */
  readonly secure: boolean
  setMembership(membership: Membership): void
  /** Gives a host other addresses; it stays the host that it is. False when it is no member any more. */
  moveHost(host: ClusterHost, to: SocketTarget, others: readonly SocketTarget[]): boolean
  /** For types with `priorities` of their own: hosts came or went. */
  ownHostsChanged(added: readonly ClusterHost[], removed: readonly ClusterHost[]): void
  /** Chooses levels for types that are made of several: a plain round robin with the cluster's settings of panic. */
  createLevelChooser(): LoadBalancer
  /** The hosts of others moved: `priorities` and the balancer are up to date. */
  hostsMoved(): void
  ready(): void
}

/** Clusters by name, for types that are made of other clusters. */
export interface ClusterWatch {
  get(name: string): WatchedCluster | undefined
  /** Calls back when a cluster of this name comes, is replaced, goes, or its hosts move. The result ends it. */
  watch(name: string, onChange: () => void): () => void
}

/** A cluster as another one sees it. */
export interface WatchedCluster extends Cluster {
  readonly info: DecidedCluster
  /** A balancer as this cluster's, for a choice among some of its hosts. */
  createLoadBalancer(): LoadBalancer
}

/** What a registry holds of a cluster type. */
export interface ClusterTypeDefinition<C = unknown> {
  /** `envoy.cluster.static`, as `cluster_type.name` has it. */
  readonly name: string
  /** The value of `type` that stands for it. */
  readonly discoveryType?: EnumName<'envoy.config.cluster.v3.Cluster.DiscoveryType'>
  /** Of `cluster_type.typed_config`; none = the type has no configuration of its own. */
  readonly config?: MessageSchema<C>
  readonly stability: 'stable' | 'alpha' | 'wip'
  /** Once for each cluster. Undefined after reporting a problem that leaves nothing to be done. */
  create(config: C | undefined, context: DiscoveryContext): Discovery | undefined
}

/** Lets a list hold definitions of any configuration; each is given only its own. */
// oxlint-disable-next-line typescript/no-explicit-any -- `create` takes exactly what `config` describes
export type AnyClusterType = ClusterTypeDefinition<any>

/** The definition for a cluster's configuration, and the typed configuration for it. */
export function findClusterType(
  config: Message<'envoy.config.cluster.v3.Cluster'>,
  definitions: readonly AnyClusterType[],
): { readonly definition: AnyClusterType; readonly typed: AnyMessage | undefined } | undefined {
  const custom = config.cluster_type
  if (custom === undefined) {
    const definition = definitions.find((candidate) => candidate.discoveryType === (config.type ?? 'STATIC'))
    return definition && { definition, typed: undefined }
  }
  const typed = custom.typed_config
  // A type that nobody has stands for no cluster, whatever its name says.
  const named = typed === undefined || typed['@type'].startsWith('google.protobuf.')
  const definition = definitions.find(({ name, config: own }) =>
    named ? name === custom.name && own === undefined : own?.type === typed['@type'],
  )
  return definition && { definition, typed }
}

import { createLoadBalancer, type LoadBalancerDefinition } from '@nuncio/balancers'
import {
  decideCluster,
  type DecidedCluster,
  deepEqual,
  HTTP_OPTIONS,
  type LoadBalancer,
  type Locality,
  type MergeStats,
  type PoolContext,
  PoolStats,
  PickLog,
} from '@nuncio/cluster'
import { isMessage, type Message } from '@nuncio/config'
import { decideKeepAlive, type Logger, type Runtime, statName } from '@nuncio/core'
import { http1Options } from '@nuncio/http-codec'
import { type ConfigPlace, configPlace } from '@nuncio/matching'
import type { DnsCacheRegistry } from '../dns-cache/dns-cache-registry.ts'
import { createHealthFollower } from '../health/health-follower.ts'
import type { EventLogs } from '../health/event-log.ts'
import type { HttpConnectorContext } from '../pool/http-connector.ts'
import { http2Settings } from '../pool/http2-settings.ts'
import type { TransportRegistry } from '../transport/definition.ts'
import { type LocalBinding, localBinding } from '../transport/dial/bind.ts'
import type { SecretResolver } from '@nuncio/tls'
import { TransportChoice, type TransportMatch } from '../transport/transport-choice.ts'
import {
  type AnyClusterType,
  type ClusterWatch,
  type Discovery,
  type DiscoveryContext,
  findClusterType,
} from './cluster-type.ts'
import { LiveCluster } from './live-cluster.ts'
import { createOutlierFollower } from '../outlier/outlier-follower.ts'
import type { ClusterManagerOptions } from './options.ts'
import type { ResolverChoice } from './resolver-choice.ts'

type ClusterConfig = Message<'envoy.config.cluster.v3.Cluster'>

/** What all clusters of a manager share. */
export interface ClusterFactory {
  readonly options: ClusterManagerOptions
  readonly runtime: Runtime
  readonly logger: Logger
  readonly loadBalancers: readonly LoadBalancerDefinition[]
  readonly clusterTypes: readonly AnyClusterType[]
  readonly transports: TransportRegistry
  readonly secrets: SecretResolver
  readonly resolvers: ResolverChoice
  readonly dnsCaches: DnsCacheRegistry
  readonly eventLogs: EventLogs
  readonly locality: Locality | undefined
  readonly mergeStats: MergeStats
  readonly clusters: ClusterWatch
  readonly nextConnectionId: () => number
  readonly onMoved: (cluster: LiveCluster) => void
  readonly onWarm: (cluster: LiveCluster) => void
}

/** Who wants a cluster, and whose place it takes. */
export interface ClusterOrigin {
  readonly addedViaApi: boolean
  readonly before: LiveCluster | undefined
}

/** A cluster that was made but has not begun: `begin` sets it going. */
export interface NewCluster {
  readonly cluster: LiveCluster
  begin(): void
}

/** Makes a cluster from its configuration; what is wrong with it is reported at `place`. */
export function createCluster(
  config: ClusterConfig,
  place: ConfigPlace,
  factory: ClusterFactory,
  origin: ClusterOrigin,
): NewCluster {
  const { options, runtime } = factory
  const reporting = { report: place.scope.report, sources: place.scope.sources, path: place.path }
  const disposers: (() => void)[] = []
  const made = ofHttpOptions(config, place, options, disposers)
  const info = decideCluster(config, { ...reporting, stats: options.stats, runtime, ...made })
  const stats = new PoolStats(info.stats)
  const transports = transportChoice(config, info, place, factory)
  const { time, wheel, random, newConnection } = options
  const { nextConnectionId } = factory
  const pool: PoolContext = { info, stats, time, wheel, random, nextConnectionId, newConnection }
  const connector = connectorContext(info, stats, factory, place)
  const cluster = new LiveCluster({
    info,
    time: options.time,
    pool,
    connector,
    transports,
    ownLocality: factory.locality,
    mergeStats: factory.mergeStats,
    activeHealthChecks: (config.health_checks?.length ?? 0) > 0,
    addedViaApi: origin.addedViaApi,
    predecessors: origin.before && {
      byAddress: origin.before.hosts.byAddress,
      sameChecks: deepEqual(origin.before.info.config.health_checks, config.health_checks),
    },
    picks: new PickLog({ cluster: info.name, time: options.time, random: options.random, runtime }),
    createLoadBalancer: (clusterProvided) =>
      createLoadBalancer(info, {
        ...reporting,
        time: options.time,
        random: options.random,
        runtime,
        registry: factory.loadBalancers,
        localPriorities: () => localPriorities(factory),
        ownLocality: factory.locality,
        ...(options.scoreTerms !== undefined && { scoreTerms: options.scoreTerms }),
        ...(options.compileHashPolicy !== undefined && {
          compileHashPolicy: (policies) => options.compileHashPolicy!(policies, place) ?? { hash: () => {} },
        }),
        ...(clusterProvided !== undefined && { clusterProvided }),
      }),
    onClosed: () => disposers.forEach((dispose) => dispose()),
    onMoved: factory.onMoved,
    onWarm: factory.onWarm,
  })
  const health = createHealthFollower(cluster, { place, factory, connector, transports })
  const outlier = createOutlierFollower(cluster, place, factory)
  const discovery = createDiscovery(cluster, place, factory, {
    transports,
    onDispose: (dispose) => disposers.push(dispose),
  })
  return { cluster, begin: () => cluster.start(discovery, health, outlier) }
}

/** What others make of the cluster's HTTP options: the policies for requests, and the filters on tries. */
function ofHttpOptions(
  config: ClusterConfig,
  place: ConfigPlace,
  { compilePolicies, compileHttpFilters, stats }: ClusterManagerOptions,
  disposers: (() => void)[],
): Pick<DecidedCluster, 'requestPolicies' | 'httpFilters'> {
  const extensions = config.typed_extension_protocol_options
  const http = extensions?.[HTTP_OPTIONS]
  if (!isMessage(http, HTTP_OPTIONS)) return {}
  const at = place.at('typed_extension_protocol_options', extensions).at(HTTP_OPTIONS, http)
  const refuse = (...fields: readonly (keyof typeof http)[]): undefined => {
    for (const field of fields) {
      if (http[field] !== undefined) at.at(field).error('unsupported', `nobody is there to make sense of ${field}`)
    }
  }
  const requestPolicies =
    compilePolicies === undefined
      ? refuse('retry_policy', 'hash_policy', 'request_mirror_policies')
      : compilePolicies(http, at)
  const { http_filters: filters = [] } = http
  if (filters.length === 0) return { requestPolicies }
  const httpFilters =
    compileHttpFilters === undefined
      ? refuse('http_filters')
      : compileHttpFilters(filters, {
          place: at.at('http_filters', filters),
          stats: stats.scope(`cluster.${statName(config.alt_stat_name || (config.name ?? ''))}.`),
          onDispose: (dispose) => disposers.push(dispose),
        })
  return { requestPolicies, httpFilters }
}

function createDiscovery(
  cluster: LiveCluster,
  place: ConfigPlace,
  factory: ClusterFactory,
  { transports, onDispose }: { readonly transports: TransportChoice } & Pick<DiscoveryContext, 'onDispose'>,
): Discovery {
  const { info } = cluster
  const found = findClusterType(info.config, factory.clusterTypes)
  const nobody: Discovery = { start: () => cluster.discovered(), close: () => {} }
  if (found === undefined) {
    const name = info.config.cluster_type?.name ?? info.config.type ?? ''
    place
      .at(info.config.cluster_type === undefined ? 'type' : 'cluster_type')
      .error('unsupported', `the cluster type ${name} is not supported`)
    return nobody
  }
  const { options, runtime, logger, resolvers, dnsCaches, clusters } = factory
  const made = found.definition.create(found.typed, {
    info,
    place,
    time: options.time,
    random: options.random,
    runtime,
    logger,
    hosts: cluster.hosts,
    membership: cluster.membership,
    resolver: (settings = info.config) => resolvers.forCluster(settings, place),
    dnsCaches,
    resources: options.resources,
    clusters,
    secure: transports.secure,
    setMembership: (membership) => cluster.setMembership(membership),
    moveHost: (host, to, others) => cluster.moveHost(host, to, others),
    ownHostsChanged: (added, removed) => cluster.ownHostsChanged(added, removed),
    hostsMoved: () => cluster.othersMoved(),
    createLevelChooser: () => levelChooser(info, place, factory),
    ready: () => cluster.discovered(),
    onDispose,
  })
  return made ?? nobody
}

/** Round robin, whatever the cluster's own policy: which host it answers does not matter, only that host's level. */
function levelChooser(info: DecidedCluster, place: ConfigPlace, factory: ClusterFactory): LoadBalancer {
  const { load_balancing_policy: _, lb_subset_config: __, ...rest } = info.config
  const { time, random } = factory.options
  const { report, sources } = place.scope
  const plain = { ...info, config: { ...rest, lb_policy: 'ROUND_ROBIN' as const } }
  return createLoadBalancer(plain, {
    report,
    sources,
    path: place.path,
    time,
    random,
    runtime: factory.runtime,
    registry: factory.loadBalancers,
  })
}

function transportChoice(
  config: ClusterConfig,
  info: DecidedCluster,
  place: ConfigPlace,
  factory: ClusterFactory,
): TransportChoice {
  const { scope } = info.stats
  const { secrets, logger, options } = factory
  const { time, certificates, keyLogFiles } = options
  const context = { stats: scope, secrets, certificates, keyLogFiles, time, logger, http: info.upstreamHttp }
  const matches = (config.transport_socket_matches ?? []).map((entry, i): TransportMatch => {
    const own = place.item('transport_socket_matches', i, entry)
    const at = own.at('transport_socket', entry.transport_socket)
    if (entry.transport_socket === undefined)
      own.error('missing-field', 'a match needs the transport_socket that it stands for')
    return {
      match: entry.match ?? {},
      transport: factory.transports.create(entry.transport_socket, { ...context, place: at }),
      count: scope.counter(`${entry.name ?? ''}.total_match_count`),
    }
  })
  const at = place.at('transport_socket', config.transport_socket)
  const transport = factory.transports.create(config.transport_socket, { ...context, place: at })
  return new TransportChoice(matches, {
    match: undefined,
    transport,
    count: scope.counter('default.total_match_count'),
  })
}

function sourceAddresses(
  config: ClusterConfig,
  { options }: ClusterFactory,
  place: ConfigPlace,
): LocalBinding | undefined {
  const { upstream_bind_config: own } = config
  if (own !== undefined) return localBinding(own, place.at('upstream_bind_config', own))
  // That of the bootstrap is checked once, for all.
  return localBinding(
    options.bootstrap?.cluster_manager?.upstream_bind_config,
    configPlace(undefined, { report: () => {} }),
  )
}

function connectorContext(
  info: DecidedCluster,
  stats: PoolStats,
  factory: ClusterFactory,
  place: ConfigPlace,
): HttpConnectorContext {
  const { options } = factory
  const { http1, config } = info
  return {
    info,
    stats,
    batch: options.batch,
    random: options.random,
    dial: {
      time: options.time,
      binding: sourceAddresses(config, factory, place),
      keepAlive: decideKeepAlive(config.upstream_connection_options?.tcp_keepalive),
      internal: options.internalListeners,
      onBindError: () => stats.bindErrors.inc(),
    },
    http1: http1Options({
      allowChunkedLength: http1.allow_chunked_length ?? false,
      headerKeyFormat: http1.header_key_format?.proper_case_words === undefined ? 'preserve' : 'proper',
      enableTrailers: http1.enable_trailers ?? false,
      sendFullyQualifiedUrl: http1.send_fully_qualified_url ?? false,
      maxHeadersKb: info.maxResponseHeadersKb,
      maxHeadersCount: info.maxResponseHeadersCount,
      bufferLimit: info.bufferLimit,
    }),
    http2: http2Settings(info),
  }
}

function localPriorities(factory: ClusterFactory): ReturnType<() => LiveCluster['priorities']> | undefined {
  const name = factory.options.bootstrap?.cluster_manager?.local_cluster_name
  return name === undefined ? undefined : factory.clusters.get(name)?.priorities
}

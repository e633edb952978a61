import { builtinLoadBalancers } from '@nuncio/balancers'
import { PlainContext } from '@nuncio/cluster'
import type { LoadResult, Problem } from '@nuncio/config'
import { OverloadState, silentLogger, StatsStore, TimerWheel } from '@nuncio/core'
import type { HttpFilterDefinition, ProxyView } from '@nuncio/filter-chain'
import { WriteBatch } from '@nuncio/http-codec'
import { InternalListeners, listenerAt, type ListenerContext } from '@nuncio/listener'
import type { HttpServices } from '@nuncio/network-filters'
import { compileClusterPolicies, compileHashPolicy } from '@nuncio/router'
import { configPlace } from '@nuncio/matching'
import { LogFiles } from '@nuncio/telemetry'
import { CertificateRegistry } from '@nuncio/tls'
import { type ClusterManagerImpl, createClusterManager } from '@nuncio/upstream'
import type { ResourceSource } from '@nuncio/xds'
import { hostname } from 'node:os'
import { applyLogFormat } from './start/log-format.ts'
import { beginsDraining } from './start/start-flags.ts'
import { ServerAdminView } from './admin/admin-view.ts'
import { type AdminParts, startAdmin } from './admin/start-admin.ts'
import { connectionLogs } from './connection-log.ts'
import { batchTime } from './batch-time.ts'
import { builtinHttpFilters, listenerFilters, networkFilters, transportSockets } from './builtins.ts'
import { ServerHttpServices, type ServiceParts } from './http-services.ts'
import { type Bootstrap, ConfigurationError, loadConfiguration } from './load-configuration.ts'
import { type ListenersInUse, NuncioServer, type ServerParts } from './nuncio-server.ts'
import { serverOverload } from './overload/server-overload.ts'
import type { Server } from './server.ts'
import type { ServerOptions } from './options.ts'
import { provideCel } from './tools/cel-library.ts'
import { holdProcess } from './platform/hold-process.ts'
import { NodeRandom } from './platform/node-random.ts'
import { NodeTime } from './platform/node-time.ts'
import { pathInBootstrap, type PlacedChange, prepareListeners } from './reload/listener-changes.ts'
import { fileResources } from './resources/file-resources.ts'
import { checkBootstrap } from './check-bootstrap.ts'
import { LayeredRuntime } from './runtime/layered-runtime.ts'
import { StaticSecrets } from './secrets/static-secrets.ts'
import { type ServerStats, serverStats, type StatsParts } from './stats/server-stats.ts'
import { Tracers } from './tracing/tracers.ts'
import { type UpstreamFilterParts, upstreamFilters } from './upstream-filters.ts'
import { machineAddress } from './platform/machine-address.ts'
import { tellBugs } from './platform/tell-bugs.ts'
import { checkWatchdogs } from './workers/watchdog.ts'
import { overridden } from './test-overrides.ts'

/**
 * Makes a proxy of an Envoy bootstrap (YAML or JSON text) and starts it: everything is checked first, then clusters
 * warm, then listeners bind. Throws a `ConfigurationError` with all problems, or a `NuncioError` for an address in use.
 *
 *     await using server = await createServer(await readFile('envoy.yaml'))
 */
export async function createServer(source: string | Uint8Array, options: ServerOptions = {}): Promise<Server> {
  provideCel()
  const loaded = loadConfiguration(source, options)
  const problems: Problem[] = [...loaded.problems]
  const tell = (): void => options.onProblems?.(problems, loaded.texts)
  if (loaded.config === undefined) {
    tell()
    throw new ConfigurationError(problems)
  }
  const parts = makeParts(loaded, overridden(loaded.config, options), problems, options)
  const server = new NuncioServer(parts)
  parts.inUse.listeners = () => server.listenersLive
  try {
    const { list } = prepareListeners([], parts.bootstrap.static_resources?.listeners ?? [], {
      context: parts.listenerContext,
      sources: loaded.sources,
      report: (problem) => void problems.push(problem),
      touched: () => 'nothing',
      pathOf: pathInBootstrap,
    })
    checkBootstrap(parts, problems)
    const place = configPlace(parts.bootstrap, {
      report: (problem) => void problems.push(problem),
      sources: loaded.sources,
    })
    checkWatchdogs(parts.bootstrap, place)
    server.discovery.check(parts.bootstrap, loaded.sources, (problem) => void problems.push(problem))
    applyLogFormat(parts.bootstrap, parts.logger, place)
    const stats = serverStats({ ...parts, clusters: liveParts(server), noSinks: options.worker !== undefined })
    if (problems.some((problem) => problem.severity === 'error')) throw new ConfigurationError(problems)
    tell()
    server.listenersLive = list.map(({ listener }) => listener)
    if (options.validateOnly !== true) await holdProcess(start(server, parts.bootstrap, list, stats))
  } catch (error) {
    if (error instanceof ConfigurationError) tell()
    await server.close()
    throw error
  }
  return server
}

/** What the parts of one server share, in the order in which they need each other. */
function makeParts(
  loaded: LoadResult<Bootstrap>,
  bootstrap: Bootstrap,
  problems: Problem[],
  options: ServerOptions,
): ServerParts {
  const logger = options.logger ?? silentLogger
  const time = options.time ?? new NodeTime()
  const random = options.random ?? new NodeRandom()
  const stats = new StatsStore()
  const onBug = tellBugs(logger, stats.scope('server.'))
  const batch = new WriteBatch(time, onBug)
  const wheel = new TimerWheel(time, 10, onBug)
  const loopTime = batchTime(time, batch)
  const names = namesOf(options, bootstrap)
  const warn = (text: string): void => logger.log('warning', text)
  const runtime = new LayeredRuntime(bootstrap.layered_runtime, stats.scope('runtime.'), warn, names.localCluster)
  const logFiles = new LogFiles({ time, stats: stats.scope(''), logger, flushIntervalMs: options.logFlushIntervalMs })
  const state = new OverloadState(random)
  const shared = { time: loopTime, wheel, batch, random, stats, runtime, worker: options.worker?.slot }
  const { localNode, localZone, ...own } = names
  const view = { ...own, localNode, healthCheckFailed: false }
  const httpFilters = [...(options.httpFilters ?? []), ...builtinHttpFilters]
  const tls = { secrets: new StaticSecrets(bootstrap), certificates: new CertificateRegistry(), keyLogFiles: logFiles }
  const resources = fileResources(options, { time, logger })
  const internal = new InternalListeners(time)
  const clusters = createClusters(
    { ...shared, logger, loaded, bootstrap, problems, options },
    { state, httpFilters, proxy: view, tls, resources, internal },
  )
  const environment = { hostname: hostname(), environment: (name: string) => process.env[name], time, random }
  const overload = serverOverload({ bootstrap, state, stats, time, runtime, loaded, problems, options })
  const proxy = { version: options.version ?? '0.0.0', cluster: view.localCluster, address: names.localAddress }
  const tracers = new Tracers({ ...shared, time, logger, clusters, environment, proxy }, bootstrap.tracing)
  const forServices = { ...shared, clusters, resources, logFiles, environment, httpFilters, localNode, localZone }
  const services = new ServerHttpServices({ ...forServices, proxy: view, tracers, overload: state })
  const forListeners = { ...shared, logger, services, ...tls, overload: state, internal, admission: overload.admission }
  const given = { loaded, bootstrap, problems, options, logger, time, loopTime, random }
  const made = {
    stats,
    wheel,
    runtime,
    logFiles,
    resources,
    clusters,
    services,
    tracers,
    overload,
    ...tls,
    inUse: noneInUse(),
  }
  return { ...given, ...made, listenerContext: listenerContext(forListeners, made.inUse, options) }
}

/** The clusters of a server, with what they may name. */
function createClusters(
  parts: Pick<ServerParts, 'time' | 'wheel' | 'random' | 'stats' | 'runtime' | 'logger' | 'loaded'> &
    Pick<ServerParts, 'bootstrap' | 'problems' | 'options'> & { readonly batch: WriteBatch },
  made: Pick<UpstreamFilterParts, 'state' | 'proxy'> & {
    readonly resources: ResourceSource
    readonly internal: InternalListeners
    readonly httpFilters: readonly HttpFilterDefinition[]
    readonly tls: Pick<ServerParts, 'secrets' | 'certificates'> & { readonly keyLogFiles: LogFiles }
  },
): ClusterManagerImpl {
  const { loaded, problems, options, ...shared } = parts
  const { logger } = shared
  const { state, proxy, resources } = made
  const clusters: ClusterManagerImpl = createClusterManager({
    ...shared,
    newConnection: state.newUpstreamConnection,
    ownAddress: proxy.localAddress ?? '',
    logger: logger.child('upstream'),
    report: (problem) => void problems.push(problem),
    sources: loaded.sources,
    loadBalancers: [...(options.loadBalancers ?? []), ...builtinLoadBalancers],
    resources,
    internalListeners: made.internal,
    ...(options.scoreTerms !== undefined && { scoreTerms: options.scoreTerms }),
    compileHashPolicy,
    compilePolicies: compileClusterPolicies,
    compileHttpFilters: upstreamFilters(made.httpFilters, { ...shared, state, proxy, clusters: () => clusters }),
    ...made.tls,
  })
  return clusters
}

/** How this proxy is called: options before the file. */
function namesOf(
  { node = {} }: ServerOptions,
  bootstrap: Bootstrap,
): Pick<ServiceParts, 'localNode' | 'localZone'> &
  Pick<ProxyView, 'localCluster' | 'siblings' | 'nodeMetadata'> & { readonly localAddress: string } {
  return {
    localAddress: node.address ?? machineAddress(4),
    localCluster: node.cluster ?? bootstrap.node?.cluster ?? '',
    localNode: node.id ?? bootstrap.node?.id ?? '',
    localZone: node.zone ?? bootstrap.node?.locality?.zone ?? '',
    siblings: bootstrap.cluster_manager?.local_cluster_name,
    nodeMetadata: bootstrap.node?.metadata,
  }
}

/** Until there is a server. */
function noneInUse(): ListenersInUse {
  return { listeners: () => [] }
}

/** What all listeners of a server are made in, those of later configurations too. */
function listenerContext(
  parts: Pick<
    ListenerContext<HttpServices>,
    | 'stats'
    | 'time'
    | 'wheel'
    | 'random'
    | 'runtime'
    | 'logger'
    | 'services'
    | 'secrets'
    | 'certificates'
    | 'keyLogFiles'
    | 'overload'
    | 'admission'
    | 'internal'
  >,
  inUse: ListenersInUse,
  options: ServerOptions,
): ListenerContext<HttpServices> {
  let connectionIds = 0
  return {
    ...parts,
    logger: parts.logger.child('listener'),
    accessLog: connectionLogs(parts.services),
    listenerFor: (local) => listenerAt(inUse.listeners(), local),
    registries: {
      networkFilters: [...(options.networkFilters ?? []), ...networkFilters],
      listenerFilters: [...(options.listenerFilters ?? []), ...listenerFilters],
      transportSockets,
    },
    ...(options.drainStrategy !== undefined && { drainStrategy: options.drainStrategy }),
    sockets: options.worker?.sockets,
    worker: options.worker?.slot,
    reusePort: options.worker !== undefined,
    nextConnectionId: () => ++connectionIds,
  }
}

/** Warm clusters, ready listeners, bound sockets, the admin last: it says LIVE only when it is true. */
async function start(
  server: NuncioServer,
  bootstrap: Bootstrap,
  listeners: readonly PlacedChange[],
  stats: ServerStats,
): Promise<void> {
  const { clusters } = server.parts
  await clusters.ready()
  server.discovery.beginClusters()
  await clusters.ready()
  await server.warmListeners(listeners)
  for (const { listener } of listeners) {
    // oxlint-disable-next-line no-await-in-loop -- in order: which address is in use does not depend on chance
    await listener.listen()
  }
  await server.discovery.beginListeners()
  const view = new ServerAdminView(server, stats)
  server.view = view
  server.live(stats.flusher)
  if (beginsDraining(bootstrap.flags_path)) server.failHealthChecks(true)
  if (server.parts.options.worker === undefined) await startOwnAdmin(server, bootstrap, view)
}

async function startOwnAdmin(server: NuncioServer, bootstrap: Bootstrap, view: ServerAdminView): Promise<void> {
  const { loaded, logger, services, stats, time } = server.parts
  const accessLog: AdminParts['accessLog'] = (log, options) => services.accessLog(log, options)
  const admin = await startAdmin({
    view,
    bootstrap,
    time,
    logger,
    stats: stats.scope(''),
    accessLog,
    sources: loaded.sources,
    endpoints: server.parts.options.adminEndpoints ?? [],
    hosts: server.parts.options.adminHosts ?? [],
  })
  if (admin !== undefined) server.adminAddress(admin.address, admin.close)
}

function liveParts(server: NuncioServer): StatsParts['clusters'] {
  const { clusters } = server.parts
  return {
    hostOf(name) {
      const host = clusters.get(name)?.chooseHost(new PlainContext())
      return host === undefined ? undefined : { address: host.ip, port: host.port }
    },
    refreshStats: () => server.refreshStats(),
  }
}

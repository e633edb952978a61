import { envoyMessage, type Problem } from '@nuncio/config'
import {
  compileForClusters,
  FIELDS_OF_STREAMS,
  buildHttpFilterChain,
  changedTypes,
  type ChainEnvironment,
  type HttpFilterChain,
  type HttpFilterConfig,
  type HttpFilterDefinition,
  mentionsType,
  type RouteSite,
} from '@nuncio/filter-chain'
import {
  type NetworkFilterContext,
  type NetworkFilterDefinition,
  type PreparedUpdate,
  sameConfig,
} from '@nuncio/listener'
import { configPlace, type ConfigPlace } from '@nuncio/matching'
import { compileHeaderMutations, RequestAdmission } from '@nuncio/router'
import { hostname } from 'node:os'
import { findingReporter, logMatchers } from '../log-matchers/log-matchers.ts'
import { accessLogs } from '../http-services/access-logs.ts'
import type { HttpServices, RouteSource } from '../http-services/http-services.ts'
import { readDataSource } from '../data-source/data-source.ts'
import { checkUpgrades } from './check-upgrades.ts'
import { decideHcm, type HcmConfig } from './hcm-info.ts'
import { Http1Stats, Http2Stats } from '@nuncio/http-codec'
import { HcmStats } from './hcm-stats.ts'
import { hcmHonours } from './honours.ts'
import { decideHttp2Keepalive, decideHttp2Options } from './http2-options.ts'
import { decideHttp1Options } from './http1-options.ts'
import { HttpConnectionManager } from './http-connection-manager.ts'
import { requestIdRules } from '../request-id/request-id-rules.ts'
import { liveTracing } from './live-tracing.ts'
import { LiveFilterChain } from './live-filter-chain.ts'
import { ManagerSite } from './manager-site.ts'
import { overloadOf } from './overload-of.ts'
import { ProxyStatus } from './response/proxy-status.ts'
import { LocalReplies } from './local-reply/local-reply-config.ts'

type Context = NetworkFilterContext<HttpServices>

function localReplies(config: HcmConfig, context: Context): LocalReplies | undefined {
  const given = config.local_reply_config
  if (given === undefined) return undefined
  const { platform } = context.services
  const path = `${context.path}.local_reply_config`
  const reportProblem = (problem: Problem): void => context.report(problem)
  const report = findingReporter(path, reportProblem, context.sources)
  const environment = {
    hostname: hostname(),
    environment: platform.environment,
    time: context.time,
    random: context.random,
  }
  return new LocalReplies(given, {
    filters: {
      report,
      runtime: context.runtime,
      time: context.time,
      random: context.random,
      matchers: logMatchers(path, reportProblem, context.sources),
    },
    formats: { report, environment, readFile: platform.readFile, controls: 'none' },
    dataSource: (source) => readDataSource(source, platform),
    headers: (mapper, i) => {
      const options = { report: reportProblem, sources: context.sources, path: `${path}.mappers[${i}]` }
      const place = configPlace(mapper, options)
      return compileHeaderMutations('', undefined, mapper.headers_to_add, place, {
        ...options,
        formatEnvironment: environment,
      })
    },
  })
}

/** Makes the filters, or takes over those of the manager before when nothing that they are made of changed. */
function filtersOf(config: HcmConfig, context: Context, before: HttpConnectionManager | undefined): LiveFilterChain {
  const { services } = context
  if (before !== undefined && sameFilters(before, config, services.httpFilters)) return before.filters.share()
  const disposers: (() => void)[] = []
  const environment: Omit<ChainEnvironment, 'path'> = {
    definitions: services.httpFilters,
    stats: context.stats.scope(`http.${config.stat_prefix ?? ''}.`),
    time: context.time,
    wheel: services.wheel,
    random: context.random,
    runtime: context.runtime,
    logger: context.logger,
    clusters: services.clusters,
    platform: services.platform,
    proxy: services.proxy,
    loadShed: overloadOf(context).filterCheck,
    accessLog: (log, options) => services.accessLog(log, options),
    sources: context.sources,
    report: (problem) => context.report(problem),
    onDispose: (dispose) => void disposers.push(dispose),
  }
  const build = (filters: readonly HttpFilterConfig[], field: string): HttpFilterChain =>
    buildHttpFilterChain(filters, { ...environment, path: `${context.path}.${field}` })
  const byUpgrade = new Map<string, HttpFilterChain>()
  for (const [i, { upgrade_type: type = '', filters = [] }] of (config.upgrade_configs ?? []).entries())
    if (filters.length > 0) byUpgrade.set(type.toLowerCase(), build(filters, `upgrade_configs[${i}].filters`))
  return new LiveFilterChain(
    build(config.http_filters ?? [], 'http_filters'),
    byUpgrade,
    services.httpFilters,
    disposers,
  )
}

function sameFilters(
  { info, filters }: HttpConnectionManager,
  config: HcmConfig,
  definitions: readonly HttpFilterDefinition[],
): boolean {
  if (!sameConfig(info.config.http_filters, config.http_filters)) return false
  if (!sameConfig(info.config.upgrade_configs, config.upgrade_configs)) return false
  // Routes may name filters too, inside others.
  return !mentionsType(
    [config.http_filters, config.upgrade_configs, config.route_config, config.scoped_routes],
    changedTypes(filters.definitions, definitions),
  )
}

function admissionOf(
  config: HcmConfig,
  { runtime, services, stats, time, random }: Context,
  place: ConfigPlace,
  routes: RouteSource,
): RequestAdmission {
  const { platform, proxy } = services
  const http1 = new Http1Stats(stats.scope('http1.'))
  return new RequestAdmission(config, {
    routes,
    rejectFragments: runtime.boolean('envoy.reloadable_features.http_reject_path_with_fragment', true),
    place,
    underscores: { rejected: http1.rejectedForUnderscores, dropped: http1.droppedHeadersWithUnderscores },
    formats: { formatEnvironment: { environment: platform.environment, time, random } },
    self: { cluster: proxy.localCluster, node: proxy.localNode ?? '' },
    ...(proxy.localAddress !== undefined && { ownAddress: proxy.localAddress }),
  })
}

function createManager(
  config: HcmConfig,
  context: Context,
  site: ManagerSite,
  before?: HttpConnectionManager,
): HttpConnectionManager {
  const { services } = context
  const options = {
    sources: context.sources,
    path: context.path,
    report: (problem: Problem) => context.report(problem),
  }
  const place = configPlace(config, options)
  checkUpgrades(config.upgrade_configs, place)
  const info = decideHcm(config)
  const requestIds = requestIdRules(
    config.request_id_extension,
    place.at('request_id_extension', config.request_id_extension),
  )
  const prefix = `http.${info.statPrefix}.`
  const stats = new HcmStats(
    context.stats.scope(prefix),
    context.stats.scope(`listener.${context.listener.statPrefix}.${prefix}`),
  )
  const filters = filtersOf(config, context, before)
  const routes = services.routeSource(config, {
    ...options,
    compileFilters(table, path, at) {
      const once = toldOnce(at)
      filters.compileRoutes(table, path, once)
      compileForClusters(table, path, services.clusters, once)
    },
  })
  if (routes.ready !== undefined) context.waitFor(routes.ready)
  const logs = accessLogs(config.access_log, options, services)
  return new HttpConnectionManager(
    {
      info,
      stats,
      requestIds,
      tracing: liveTracing(config.tracing, place.at('tracing', config.tracing), requestIds, context, stats.tracing),
      filters,
      routes,
      accessLogs: logs,
      localReplies: localReplies(config, context),
      admission: admissionOf(config, context, place, routes),
      proxyStatus:
        config.proxy_status_config &&
        new ProxyStatus(config.proxy_status_config, info.serverName, services.proxy.localNode ?? ''),
      logsLocalReplyBody: logs.some((log) => log.readsLocalReplyBody === true),
      http1Options: decideHttp1Options(info, context.listener.bufferLimit, place),
      http2Options: decideHttp2Options(info),
      http2Keepalive: decideHttp2Keepalive(info),
      http2Stats: new Http2Stats(context.stats.scope('http2.')),
    },
    context,
    site,
  )
}

/** What is wrong with a configuration that several chains take is wrong once. */
function toldOnce({ sources, report }: RouteSite): RouteSite {
  const told = new Set<string>()
  return {
    sources,
    report(problem) {
      const key = `${problem.path} ${problem.message}`
      if (!told.has(key)) report(problem)
      told.add(key)
    },
  }
}

function withoutFieldsOfStreams(config: HcmConfig): HcmConfig {
  return { ...config, ...Object.fromEntries(FIELDS_OF_STREAMS.map((field) => [field, undefined])) }
}

function createSite(config: HcmConfig, context: Context): ManagerSite {
  const site = new ManagerSite()
  site.replace(createManager(config, context, site))
  context.onDispose(() => site.dispose())
  return site
}

function updateSite(site: ManagerSite, config: HcmConfig, context: Context): PreparedUpdate | undefined {
  const before = site.current
  if (!sameConfig(withoutFieldsOfStreams(before.info.config), withoutFieldsOfStreams(config))) return undefined
  const next = createManager(config, context, site, before)
  return { commit: () => site.replace(next), discard: () => next.retire() }
}

/** `envoy.filters.network.http_connection_manager`: the last network filter of a chain that speaks HTTP. */
export const httpConnectionManager: NetworkFilterDefinition<HcmConfig, HttpServices> = {
  name: 'envoy.filters.network.http_connection_manager',
  config: envoyMessage('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', hcmHonours),
  stability: 'stable',
  terminal: true,
  create: createSite,
  update: (filter, config, context) => updateSite(filter as ManagerSite, config, context),
}

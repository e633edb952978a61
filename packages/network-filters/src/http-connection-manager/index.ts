import { envoyMessage } from '@nuncio/config'
import { buildHttpFilterChain } from '@nuncio/filter-chain'
import type { NetworkFilterContext, NetworkFilterDefinition } from '@nuncio/listener'
import { cidrSet } from '@nuncio/matching'
import { compilePathPolicy } from '@nuncio/router'
import { hostname } from 'node:os'
import { findingReporter, logMatchers } from '../log-matchers/log-matchers.ts'
import type { HttpServices } from '../http-services/http-services.ts'
import { decideHcm, type HcmConfig } from './hcm-info.ts'
import { HcmStats } from './hcm-stats.ts'
import { hcmHonours } from './honours.ts'
import { decideHttp2Options } from './http2-options.ts'
import { decideHttp1Options } from './http1-options.ts'
import { HttpConnectionManager } from './http-connection-manager.ts'
import { LocalReplies } from './local-reply/local-reply-config.ts'

type Context = NetworkFilterContext<HttpServices>

function localReplies(config: HcmConfig, context: Context): LocalReplies | undefined {
  const given = config.local_reply_config
  if (given === undefined) return undefined
  const at = context.sources?.positionOf(given)
  return new LocalReplies(given, {
    hostname: hostname(),
    environment: context.services.platform.environment,
    time: context.time,
    random: context.random,
    filters: {
      report: findingReporter(`${context.path}.local_reply_config`, context.report, context.sources),
      runtime: context.runtime,
      time: context.time,
      random: context.random,
      matchers: logMatchers(`${context.path}.local_reply_config`, context.report, context.sources),
    },
    readFile: context.services.platform.readFile,
    report: (message) =>
      context.report({ code: 'local-reply', severity: 'error', path: `${context.path}.local_reply_config`, file: at?.file ?? '', line: at?.line ?? 0, column: at?.column ?? 0, message, hint: '' }),
  })
}

function createManager(config: HcmConfig, context: Context): HttpConnectionManager {
  const { services } = context
  const info = decideHcm(config, (ranges) => {
    const set = cidrSet(...ranges)
    return (ip) => set.contains(ip)
  })
  const scope = context.stats.scope(`http.${info.statPrefix}.`)
  const chain = buildHttpFilterChain(config.http_filters ?? [], {
    definitions: services.httpFilters,
    stats: scope,
    time: context.time,
    wheel: services.wheel,
    random: context.random,
    runtime: context.runtime,
    logger: context.logger,
    clusters: services.clusters,
    platform: services.platform,
    sources: context.sources,
    path: `${context.path}.http_filters`,
    report: context.report,
    onDispose: context.onDispose,
  })
  const accessLogs = (config.access_log ?? []).flatMap((log) => services.accessLog(log, context) ?? [])
  return new HttpConnectionManager(
    {
      info,
      stats: new HcmStats(scope),
      chain,
      routes: services.routeSource(config.route_config ?? {}, context),
      accessLogs,
      localReplies: localReplies(config, context),
      pathPolicy: compilePathPolicy(info),
      internalOnlyHeaders: (config.route_config?.internal_only_headers ?? []).map((name) => name.toLowerCase()),
      logsLocalReplyBody: accessLogs.some((log) => log.readsLocalReplyBody === true),
      http1Options: decideHttp1Options(info, context.listener.bufferLimit),
      http2Options: decideHttp2Options(info),
    },
    context,
  )
}

/** `envoy.filters.network.http_connection_manager`: the last network filter of a chain that speaks HTTP. */
export const httpConnectionManager: NetworkFilterDefinition<HcmConfig, HttpServices> = {
  name: 'envoy.filters.network.http_connection_manager',
  config: envoyMessage('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', hcmHonours),
  stability: 'stable',
  terminal: true,
  create: createManager,
}

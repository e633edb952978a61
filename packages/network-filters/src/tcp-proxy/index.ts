import { envoyMessage } from '@nuncio/config'
import { configPlace } from '@nuncio/matching'
import type { NetworkFilterContext, NetworkFilterDefinition } from '@nuncio/listener'
import { accessLogs } from '../http-services/access-logs.ts'
import type { HttpServices } from '../http-services/http-services.ts'
import { tcpProxyHonours } from './honours.ts'
import { decideTcpProxy, type TcpProxyConfig } from './tcp-proxy-info.ts'
import { compileTlvs } from './tlvs.ts'
import { TcpProxy } from './tcp-proxy.ts'
import { TcpStats } from './tcp-stats.ts'

function createProxy(config: TcpProxyConfig, context: NetworkFilterContext<HttpServices>): TcpProxy {
  const options = { sources: context.sources, path: context.path, report: context.report.bind(context) }
  const { runtime, time, random, services } = context
  const formatEnvironment = { environment: services.platform.environment, time, random }
  const place = configPlace(config, options)
  const info = decideTcpProxy(config, place, { ...options, runtime, formatEnvironment })
  const logs = accessLogs(config.access_log, options, services)
  context.onDispose(() => logs.forEach((log) => void log.close?.()))
  const tlvs = compileTlvs(config.proxy_protocol_tlvs ?? [], place, context)
  return new TcpProxy(info, new TcpStats(context.stats.scope(`tcp.${info.statPrefix}.`)), logs, tlvs, context)
}

/** `envoy.filters.network.tcp_proxy`: the last network filter of a chain that passes bytes on as they are. */
export const tcpProxy: NetworkFilterDefinition<TcpProxyConfig, HttpServices> = {
  name: 'envoy.filters.network.tcp_proxy',
  config: envoyMessage('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy', tcpProxyHonours),
  stability: 'stable',
  terminal: true,
  create: createProxy,
}

import { addressText } from './address.ts'
import { clusterHosts } from './cluster-hosts.ts'
import { connectionManager, tcpProxy } from './connection-manager.ts'
import { extensionWithoutType } from './extension-without-type.ts'
import { retries } from './retries.ts'
import { routeConfigOfListener } from './route-config-of-listener.ts'
import type { ShortForm } from './short-form.ts'

/** The short forms, by the type of the message that they may stand for. */
export const SHORT_FORMS: ReadonlyMap<string, ShortForm> = new Map([
  ['envoy.config.core.v3.Address', addressText],
  ['envoy.config.listener.v3.Listener', routeConfigOfListener],
  ['envoy.config.listener.v3.Filter', extensionWithoutType('network')],
  ['envoy.config.listener.v3.ListenerFilter', extensionWithoutType('listener')],
  ['envoy.config.accesslog.v3.AccessLog', extensionWithoutType('access-log')],
  ['envoy.config.core.v3.TransportSocket', extensionWithoutType('transport-socket')],
  ['envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter', extensionWithoutType('http')],
  ['envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', connectionManager],
  ['envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy', tcpProxy],
  ['envoy.config.route.v3.RouteAction', retries],
  ['envoy.config.cluster.v3.Cluster', clusterHosts],
])

import type { ConfigView } from '@nuncio/checks'
import { isMessage, type Message } from '@nuncio/config'

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 }

/** A URL that leads to the first route of a configuration; '' when it has none. */
export function suggestedUrl(view: ConfigView): string {
  const manager = view.managers.find(({ config }) => view.routesOf(config) !== undefined)
  const routes = manager === undefined ? view.loaded.routeConfigurations[0] : view.routesOf(manager.config)
  const host = routes?.virtual_hosts?.[0]
  if (host === undefined) return ''
  const socket = manager?.chain.transport_socket?.typed_config
  const isTls = isMessage(socket, 'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext')
  const scheme = isTls ? 'https' : 'http'
  const port = manager?.listener.address?.socket_address?.port_value ?? 0
  const at = port === 0 || port === DEFAULT_PORTS[scheme] ? '' : `:${port}`
  return `${scheme}://${hostOf(host.domains?.[0] ?? '*')}${at}${pathOf(host.routes?.[0]?.match)}`
}

/** A host that a domain fits. */
function hostOf(domain: string): string {
  const name = domain.replace(/:[\d*]*$/, '')
  const host = name === '*' ? 'localhost' : name.replace(/^\*\.?/, 'www.').replace(/\.?\*$/, '.example')
  return /^[\w.-]+$/.test(host) ? host : 'localhost'
}

function pathOf(match: Message<'envoy.config.route.v3.RouteMatch'> | undefined): string {
  const path = match?.path ?? match?.path_separated_prefix ?? match?.prefix ?? ''
  return /^\/[^\s?#]*$/.test(path) ? path : '/'
}

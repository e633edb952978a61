import type { ConfigView } from '@nuncio/checks'
import { isMessage, type Message } from '@nuncio/config'

const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' }

/** A URL that leads to the first route of a configuration; '' when it has none. */
export function suggestedUrl(view: ConfigView): string {
  const manager = view.managers.find(({ config }) => view.routesOf(config) !== undefined)
  const routes = manager === undefined ? view.loaded.routeConfigurations[0] : view.routesOf(manager.config)
  const host = routes?.virtual_hosts?.[0]
  if (host === undefined) return ''
  const socket = manager?.chain.transport_socket?.typed_config
  const isTls = isMessage(socket, 'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext')
  const scheme = isTls ? 'https' : 'http'
  const [name, wanted] = hostOf(host.domains?.[0] ?? '*')
  const port = wanted === '*' ? String(manager?.listener.address?.socket_address?.port_value ?? '') : wanted
  const at = port === '' || port === '0' || port === DEFAULT_PORTS[scheme] ? '' : `:${port}`
  return `${scheme}://${name}${at}${pathOf(host.routes?.[0]?.match)}`
}

/** A host that a domain fits, and the port that it takes: '*' is any, '' is none. */
function hostOf(domain: string): readonly [name: string, port: string] {
  if (domain === '*') return ['localhost', '*']
  const [, name = '', port = ''] = /^(.*?)(?::(\d+|\*))?$/.exec(domain) ?? []
  const host = name.replace(/^\*\.?/, 'www.').replace(/\.?\*$/, '.example')
  return /^[\w.-]+$/.test(host) ? [host, port] : ['localhost', '*']
}

function pathOf(match: Message<'envoy.config.route.v3.RouteMatch'> | undefined): string {
  const path = match?.path ?? match?.path_separated_prefix ?? match?.prefix ?? ''
  return /^\/[^\s?#]*$/.test(path) ? path : '/'
}

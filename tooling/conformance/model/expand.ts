import type { OriginScript, Parts, Tree } from './document.ts'
import { logFormat } from './log-format.ts'
import { fullType, shortFilter } from './short-forms.ts'
import { isTree, mapTexts, mergeTrees } from './trees.ts'

const TYPE = 'type.googleapis.com/envoy'
const HCM = `${TYPE}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager`

/** A bootstrap of the parts, with its placeholders: `{{origin.a}}`, `{{log}}`, `{{dir}}`, `{{cert.server}}`. */
export function expand(parts: Parts, origins: Readonly<Record<string, OriginScript>>): Tree {
  const base = parts.bootstrap ?? {
    static_resources: {
      listeners: [listener('main', parts), ...variants(parts), ...(parts.listeners ?? [])],
      clusters: clusters(parts, origins),
    },
  }
  const whole = mergeTrees(mergeTrees({ admin: { address: address('127.0.0.1', 0) } }, base), parts.top ?? {})
  return mapTexts(whole, fullType) as Tree
}

function address(host: string, port: number | string): Tree {
  return { socket_address: { address: host, port_value: port } }
}

function variants({ variants: given = {}, ...parts }: Parts): readonly Tree[] {
  return Object.entries(given).map(([name, own]) => listener(name, mergeTrees(parts as Tree, own as Tree) as Parts))
}

function listener(name: string, parts: Parts): Tree {
  const own =
    parts.tcp !== undefined ? [tcpProxy(name, parts)] : parts.http === false ? [] : [connectionManager(name, parts)]
  const filters = [...(parts.network_filters ?? []).map((each) => shortFilter('network', each)), ...own]
  const chain = mergeTrees({ filters }, parts.filter_chain ?? {})
  const plain = { name, address: address('127.0.0.1', 0), filter_chains: [chain] }
  return mergeTrees(plain, parts.listener ?? {})
}

function connectionManager(name: string, parts: Parts): Tree {
  const { http_filters = [], router = {}, hcm = {} } = parts
  const typed: Tree = {
    '@type': HCM,
    stat_prefix: name === 'main' ? 'test' : name,
    ...(hcm['rds'] === undefined && hcm['scoped_routes'] === undefined && { route_config: routeConfig(parts) }),
    http_filters: [
      ...http_filters.map((each) => shortFilter('http', each)),
      {
        name: 'envoy.filters.http.router',
        typed_config: { '@type': `${TYPE}.extensions.filters.http.router.v3.Router`, ...router },
      },
    ],
    access_log: [...(parts.access_logs ?? []), accessLog()],
  }
  return { name: 'envoy.filters.network.http_connection_manager', typed_config: mergeTrees(typed, hcm) }
}

/** A file logger of the wide line. */
function accessLog(): Tree {
  return {
    name: 'envoy.access_loggers.file',
    typed_config: {
      '@type': `${TYPE}.extensions.access_loggers.file.v3.FileAccessLog`,
      path: '{{log}}',
      log_format: { text_format_source: { inline_string: logFormat() } },
    },
  }
}

function tcpProxy(name: string, { tcp = {}, access_logs = [] }: Parts): Tree {
  const plain = {
    '@type': `${TYPE}.extensions.filters.network.tcp_proxy.v3.TcpProxy`,
    stat_prefix: name,
    access_log: [...access_logs, accessLog()],
  }
  return { name: 'envoy.filters.network.tcp_proxy', typed_config: mergeTrees(plain, tcp) }
}

function routeConfig(parts: Parts): Tree {
  const everything = [{ match: { prefix: '/' }, route: { cluster: 'a' } }]
  const host = mergeTrees({ name: 'all', domains: ['*'], routes: parts.routes ?? everything }, parts.virtual_host ?? {})
  return mergeTrees({ name: 'routes', virtual_hosts: parts.virtual_hosts ?? [host] }, parts.route_config ?? {})
}

function clusters(parts: Parts, origins: Readonly<Record<string, OriginScript>>): readonly Tree[] {
  const given = Object.entries(parts.clusters ?? {})
  const named = new Set(given.flatMap(([name, tree]) => endpointNames(name, tree, origins)))
  const own = Object.keys(origins).filter((origin) => !named.has(origin) && parts.clusters?.[origin] === undefined)
  return [...given, ...own.map((name) => [name, {}] as const)].map(([name, tree]) => cluster(name, tree, origins))
}

function endpointNames(name: string, tree: Tree, origins: Readonly<Record<string, OriginScript>>): readonly string[] {
  if (tree['load_assignment'] !== undefined) return []
  const names = tree['endpoints'] ?? (origins[name] === undefined ? [] : [name])
  return (names as (string | Tree)[]).map((each) => (isTree(each) ? String(each['origin']) : each))
}

function cluster(name: string, tree: Tree, origins: Readonly<Record<string, OriginScript>>): Tree {
  const { endpoints: names, ...fields } = tree
  const list = (names ?? (origins[name] === undefined ? [] : [name])) as (string | Tree)[]
  const lb_endpoints = list.map((each) => endpoint(each))
  const http2 = endpointNames(name, tree, origins).some((each) => origins[each]?.kind === 'http2')
  const plain: Tree = {
    name,
    connect_timeout: '10s',
    ...(lb_endpoints.length > 0 && { load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints }] } }),
    ...(http2 && {
      typed_extension_protocol_options: {
        'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
          '@type': `${TYPE}.extensions.upstreams.http.v3.HttpProtocolOptions`,
          explicit_http_config: { http2_protocol_options: {} },
        },
      },
    }),
  }
  return mergeTrees(plain, fields)
}

/** An endpoint by the name of its origin, or a map with `origin` and fields of an `LbEndpoint`. */
function endpoint(given: string | Tree): Tree {
  const { origin, ...fields } = isTree(given) ? given : { origin: given }
  return mergeTrees({ endpoint: { address: address('127.0.0.1', `{{origin.${String(origin)}}}`) } }, fields)
}

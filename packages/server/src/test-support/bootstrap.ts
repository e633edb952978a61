/** Parts of a bootstrap, as YAML. */
export interface BootstrapParts {
  /** HTTP filters before the router. */
  readonly filters?: string
  /** Fields of the listener, the connection manager, the virtual host, the filter chain and the cluster. */
  readonly listener?: string
  readonly hcm?: string
  readonly host?: string
  readonly chain?: string
  readonly cluster?: string
  /** All routes; everything goes to `app` without them. */
  readonly routes?: string
  /** What comes behind the cluster. */
  readonly more?: string
}

type Around = Pick<BootstrapParts, 'listener' | 'chain' | 'cluster' | 'more'>

/** Parts of a bootstrap with a TCP proxy, as YAML. */
export interface TcpBootstrapParts extends Around {
  readonly tcp?: string
}

/** The field of a connection manager that writes a line of `format` for each request to `file`. */
export function logTo(file: string, format: string): string {
  return `
access_log:
  - name: file
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
      path: ${file}
      log_format: { text_format_source: { inline_string: "${format}\\n" } }`
}

/** A bootstrap with one listener and one cluster, `app`. */
export function bootstrap(options: BootstrapParts = {}): string {
  const { filters = '', hcm = '', host = '', routes = '- match: { prefix: / }\n  route: { cluster: app }' } = options
  return around(
    `
- name: envoy.filters.network.http_connection_manager
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
    stat_prefix: test
${indent(hcm, 4)}
    http_filters:
${indent(filters, 6)}
      - name: envoy.filters.http.router
        typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
    route_config:
      virtual_hosts:
        - name: all
          domains: ['*']
${indent(host, 10)}
          routes:
${indent(routes, 12)}`,
    options,
  )
}

/** As `bootstrap`, with a TCP proxy to `app`, `tcp.t`, in the place of the connection manager; `tcp` are fields of it. */
export function tcpBootstrap({ tcp = '', ...options }: TcpBootstrapParts = {}): string {
  return around(
    `
- name: envoy.filters.network.tcp_proxy
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
    stat_prefix: t
    cluster: app
${indent(tcp, 4)}`,
    options,
  )
}

/** What stands around the network filters of the one listener. */
function around(filters: string, { listener = '', chain = '', cluster = '', more = '' }: Around): string {
  return `
admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }
static_resources:
  listeners:
    - name: main
      address: { socket_address: { address: 127.0.0.1, port_value: 0 } }${listener && `\n${indent(listener, 6)}`}
      filter_chains:
        - filters:
${indent(filters, 12)}
${indent(chain, 10)}
  clusters:
    - name: app
      connect_timeout: 0.5s
${indent(cluster, 6)}
      load_assignment:
        cluster_name: app
        endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 1 } } } }] }]
${more}
`
}

/** The line, from 1, on which a part of a text first stands. */
export function lineOf(text: string, part: string): number {
  return text.slice(0, text.indexOf(part)).split('\n').length
}

function indent(text: string, by: number): string {
  if (text === '') return ''
  return text
    .trim()
    .split('\n')
    .map((line) => ' '.repeat(by) + line)
    .join('\n')
}

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
  return `
admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }
static_resources:
  listeners:
    - name: main
      address: { socket_address: { address: 127.0.0.1, port_value: 0 } }${options.listener === undefined ? '' : `\n${indent(options.listener, 6)}`}
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: test
${options.hcm === undefined ? '' : indent(options.hcm, 16)}
                http_filters:
${options.filters === undefined ? '' : indent(options.filters, 18)}
                  - name: envoy.filters.http.router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
                route_config:
                  virtual_hosts:
                    - name: all
                      domains: ['*']
${options.host === undefined ? '' : indent(options.host, 22)}
                      routes:
${indent(options.routes ?? '- match: { prefix: / }\n  route: { cluster: app }', 24)}
${options.chain === undefined ? '' : indent(options.chain, 10)}
  clusters:
    - name: app
      connect_timeout: 0.5s
${options.cluster === undefined ? '' : indent(options.cluster, 6)}
      load_assignment:
        cluster_name: app
        endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 1 } } } }] }]
${options.more ?? ''}
`
}

/** As `bootstrap`, with a TCP proxy to `app`, `tcp.t`, in the place of the connection manager. */
export function tcpBootstrap(): string {
  return `
admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }
static_resources:
  listeners:
    - name: main
      address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
      filter_chains:
        - filters:
            - name: envoy.filters.network.tcp_proxy
              typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: t, cluster: app }
  clusters:
    - name: app
      load_assignment:
        cluster_name: app
        endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 1 } } } }] }]
`
}

/** The line, from 1, on which a part of a text first stands. */
export function lineOf(text: string, part: string): number {
  return text.slice(0, text.indexOf(part)).split('\n').length
}

function indent(text: string, by: number): string {
  return text
    .trim()
    .split('\n')
    .map((line) => ' '.repeat(by) + line)
    .join('\n')
}

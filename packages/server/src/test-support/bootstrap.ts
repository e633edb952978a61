/** A bootstrap with one listener and one cluster, `app`; parts of it may be given as YAML. */
export function bootstrap(
  options: { routes?: string; hcm?: string; chain?: string; cluster?: string; more?: string } = {},
): string {
  return `
admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }
static_resources:
  listeners:
    - name: main
      address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: test
${options.hcm === undefined ? '' : indent(options.hcm, 16)}
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
                route_config:
                  virtual_hosts:
                    - name: all
                      domains: ['*']
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

function indent(text: string, by: number): string {
  return text
    .trim()
    .split('\n')
    .map((line) => ' '.repeat(by) + line)
    .join('\n')
}

/** A first configuration: one listener on `port`, one route to a service on `servicePort`, and the line that tells editors of the schema. */
export function firstFile(schema: string, port = 10000, servicePort = 8080): string {
  return `# yaml-language-server: $schema=${schema}
#
# nuncio -c FILE            serves it
# nuncio validate FILE      says what is wrong with it
# nuncio explain FILE URL   says where a request goes, as http://localhost:${port}/hello
admin:
  address:
    socket_address: { address: 127.0.0.1, port_value: 9901 }

static_resources:
  listeners:
    - name: main
      address:
        socket_address: { address: 127.0.0.1, port_value: ${port} }
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: main
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config:
                      '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
                route_config:
                  name: main
                  virtual_hosts:
                    - name: everything
                      domains: ['*']
                      routes:
                        - match: { path: /healthz }
                          direct_response: { status: 200, body: { inline_string: ok } }
                        - match: { prefix: / }
                          route: { cluster: service, timeout: 15s }

  clusters:
    - name: service
      connect_timeout: 1s
      type: STATIC
      load_assignment:
        cluster_name: service
        endpoints:
          - lb_endpoints:
              - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${servicePort} } } }
`
}

import { createServer, type Server } from '@nuncio/server'
import { type Fleet, NAME } from './fleet.ts'

export interface ProxyConfig {
  /** YAML of the route action beside `cluster`. */
  readonly route?: string
  /** YAML of the cluster's fields beside those of discovery. */
  readonly cluster?: string
}

/** A proxy in this process in front of a fleet. */
export async function startProxy(fleet: Fleet, { route = '', cluster = '' }: ProxyConfig): Promise<Server> {
  const [dnsIp, dnsPort] = fleet.dns.address.split(':')
  return await createServer(`
static_resources:
  listeners:
    - name: chaos
      address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: chaos
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
                route_config:
                  virtual_hosts:
                    - name: all
                      domains: ['*']
                      routes:
                        - match: { prefix: / }
                          route:
                            cluster: origins
${indented(route, 28)}
  clusters:
    - name: origins
      type: STRICT_DNS
      connect_timeout: 0.3s
      dns_lookup_family: V4_ONLY
      dns_refresh_rate: 0.2s
      typed_dns_resolver_config:
        name: envoy.network.dns_resolver.cares
        typed_config:
          '@type': type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig
          resolvers: [{ socket_address: { address: ${dnsIp}, port_value: ${dnsPort} } }]
${indented(cluster, 6)}
      load_assignment:
        cluster_name: origins
        endpoints:
          - lb_endpoints:
              - endpoint: { address: { socket_address: { address: ${NAME}, port_value: ${fleet.port} } } }
`)
}

function indented(yaml: string, by: number): string {
  return yaml
    .trim()
    .split('\n')
    .map((line) => ' '.repeat(by) + line)
    .join('\n')
}

/** The counter or gauge of this name. */
export function statOf(server: Server, name: string): number {
  return server.stats.counters.get(name)?.value ?? server.stats.gauges.get(name)?.value ?? 0
}

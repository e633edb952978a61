/** A cluster that comes from sliders: its configuration, and how its hosts are called. */
export interface MadeCluster {
  readonly text: string
  readonly name: string
  readonly hosts: readonly string[]
  readonly zones: readonly string[]
}

const ROUTE =
  'virtual_hosts: [{ name: made, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: made, timeout: 5s,' +
  ' hash_policy: [{ header: { header_name: x-key } }], retry_policy: { retry_on: "5xx,connect-failure", num_retries: 1 } } }] }]'

/**
 * So many hosts, dealt to so many zones in turn, with health checks, outlier detection and a retry each. The first has this
 * weight, the others 1.
 */
export function madeCluster(count: number, zoneCount: number, firstWeight = 1): MadeCluster {
  const zones = Array.from({ length: zoneCount }, (_, i) => `zone-${String.fromCharCode(97 + i)}`)
  const hosts = Array.from(
    { length: count },
    (_, i) => `10.${1 + (i % zoneCount)}.0.${1 + Math.floor(i / zoneCount)}:80`,
  )
  const localities = zones.map((zone, z) => {
    const endpoints = hosts
      .filter((_, i) => i % zoneCount === z)
      .map((host) => {
        const address = `{ socket_address: { address: ${host.split(':')[0]!}, port_value: 80 } }`
        return `{ endpoint: { address: ${address} }, load_balancing_weight: ${host === hosts[0] ? firstWeight : 1} }`
      })
    return `      - locality: { zone: ${zone} }\n        lb_endpoints: [${endpoints.join(', ')}]`
  })
  const text = `static_resources:
  listeners:
  - name: made
    address: { socket_address: { address: 127.0.0.1, port_value: 8080 } }
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: made
          route_config: { ${ROUTE} }
          http_filters: [{ name: envoy.filters.http.router, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router } }]
  clusters:
  - name: made
    type: STATIC
    outlier_detection: { consecutive_5xx: 5, interval: 2s, base_ejection_time: 5s, max_ejection_percent: 50 }
    health_checks: [{ timeout: 0.5s, interval: 1s, unhealthy_threshold: 2, healthy_threshold: 1, http_health_check: { path: /healthz } }]
    load_assignment:
      cluster_name: made
      endpoints:
${localities.join('\n')}
`
  return { text, name: 'made', hosts, zones }
}

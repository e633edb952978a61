/** A cluster under load that is run twice: through the live proxy, and simulated. */
export interface Scenario {
  readonly name: string
  /** Of each host: its fixed service time, and how many requests of a hundred it answers with 503. */
  readonly hosts: readonly { readonly serviceMs: number; readonly weight?: number; readonly failures?: number }[]
  /** YAML of the cluster, and of the route's action, beyond hosts and name. */
  readonly cluster?: string
  readonly route?: string
  readonly keys?: number
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'round robin with weights',
    hosts: [
      { serviceMs: 30, weight: 1 },
      { serviceMs: 30, weight: 2 },
      { serviceMs: 30, weight: 3 },
    ],
  },
  {
    name: 'round robin with a slow host',
    hosts: [{ serviceMs: 30 }, { serviceMs: 30 }, { serviceMs: 30 }, { serviceMs: 120 }],
  },
  {
    name: 'least request with a slow host',
    cluster: 'lb_policy: LEAST_REQUEST',
    hosts: [{ serviceMs: 30 }, { serviceMs: 30 }, { serviceMs: 30 }, { serviceMs: 120 }],
  },
  {
    name: 'ring hash',
    cluster: 'lb_policy: RING_HASH',
    route: 'hash_policy: [{ header: { header_name: x-key } }]',
    keys: 40,
    hosts: [{ serviceMs: 30 }, { serviceMs: 30 }, { serviceMs: 30 }],
  },
  {
    name: 'retries around a host that fails half of the time',
    route: "retry_policy: { retry_on: '5xx', num_retries: 3 }",
    hosts: [{ serviceMs: 30 }, { serviceMs: 30 }, { serviceMs: 30, failures: 50 }],
  },
]

/** The load of one run. */
export interface Load {
  readonly rps: number
  readonly seconds: number
  readonly seed: number
}

/** The configuration of a scenario over hosts on these ports of 127.0.0.1. */
export function configOf({ hosts, cluster = '', route = '' }: Scenario, ports: readonly number[]): string {
  const endpoints = hosts.map(
    ({ weight = 1 }, i) =>
      `{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${ports[i]!} } } }, load_balancing_weight: ${weight} }`,
  )
  const action = `cluster: c${route === '' ? '' : `, ${route}`}`
  return `static_resources:
  listeners:
  - name: main
    address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: main
          route_config: { virtual_hosts: [{ name: all, domains: ["*"], routes: [{ match: { prefix: / }, route: { ${action} } }] }] }
          http_filters: [{ name: envoy.filters.http.router, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router } }]
  clusters:
  - name: c
    type: STATIC
    ${cluster.replaceAll('\n', '\n    ')}
    load_assignment: { cluster_name: c, endpoints: [{ lb_endpoints: [${endpoints.join(', ')}] }] }
`
}

import { stringify } from 'yaml'

const HCM = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const ROUTER = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router'
const address = (port: number): object => ({ socket_address: { address: '127.0.0.1', port_value: port } })

export interface Ports {
  readonly port: number
  readonly adminPort: number
  readonly origins: readonly number[]
}

export interface BenchOptions {
  /** Merged over the bootstrap. */
  readonly more?: object
  /** Before the router. */
  readonly httpFilters?: readonly object[]
}

/** A bootstrap that forwards everything. */
export function bootstrap({ port, adminPort, origins }: Ports, { more, httpFilters = [] }: BenchOptions = {}): string {
  const manager = {
    '@type': HCM,
    stat_prefix: 'main',
    route_config: {
      virtual_hosts: [
        { name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'origin' } }] },
      ],
    },
    http_filters: [...httpFilters, { name: 'router', typed_config: { '@type': ROUTER } }],
  }
  const limits = { max_connections: 100_000, max_pending_requests: 100_000, max_requests: 100_000 }
  const cluster = {
    name: 'origin',
    connect_timeout: '5s',
    circuit_breakers: { thresholds: [limits] },
    load_assignment: {
      cluster_name: 'origin',
      endpoints: [{ lb_endpoints: origins.map((each) => ({ endpoint: { address: address(each) } })) }],
    },
  }
  const listener = {
    name: 'main',
    address: address(port),
    filter_chains: [{ filters: [{ name: 'http', typed_config: manager }] }],
  }
  return stringify(
    {
      admin: { address: address(adminPort) },
      static_resources: { listeners: [listener], clusters: [cluster] },
      ...more,
    },
    { aliasDuplicateObjects: false },
  )
}

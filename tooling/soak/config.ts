import { stringify } from 'yaml'

export interface SoakPorts {
  readonly main: number
  readonly extra: number
  readonly admin: number
  readonly origin: number
}

const TYPE = 'type.googleapis.com/envoy.extensions.filters'
const address = (port: number): object => ({ socket_address: { address: '127.0.0.1', port_value: port } })

/** The configuration of one step: routes change with each, filters, cluster and listeners now and then. */
export function soakConfig(ports: SoakPorts, step: number): string {
  const routes = Array.from({ length: 1 + (step % 4) }, (_, i) => ({
    match: { prefix: `/route-${i}` },
    route: { cluster: 'origin' },
  }))
  const cors = { name: 'cors', typed_config: { '@type': `${TYPE}.http.cors.v3.Cors` } }
  const manager = (name: string): object => ({
    '@type': `${TYPE}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: name,
    upgrade_configs: [{ upgrade_type: 'websocket' }],
    route_config: {
      virtual_hosts: [
        {
          name: 'all',
          domains: ['*'],
          routes: [...routes, { match: { prefix: '/' }, route: { cluster: 'origin', timeout: '0s' } }],
        },
      ],
    },
    http_filters: [
      ...(step % 3 === 1 ? [cors] : []),
      { name: 'router', typed_config: { '@type': `${TYPE}.http.router.v3.Router` } },
    ],
  })
  const listener = (name: string, port: number): object => ({
    name,
    address: address(port),
    filter_chains: [{ filters: [{ name: 'http', typed_config: manager(name) }] }],
  })
  const limits = { max_connections: 10_000, max_pending_requests: 10_000, max_requests: 10_000 }
  return stringify(
    {
      admin: { address: address(ports.admin) },
      static_resources: {
        listeners: [listener('main', ports.main), ...(step % 2 === 1 ? [listener('extra', ports.extra)] : [])],
        clusters: [
          {
            name: 'origin',
            connect_timeout: `${2 + (step % 3)}s`,
            circuit_breakers: { thresholds: [limits] },
            load_assignment: {
              cluster_name: 'origin',
              endpoints: [{ lb_endpoints: [{ endpoint: { address: address(ports.origin) } }] }],
            },
          },
        ],
      },
    },
    { aliasDuplicateObjects: false },
  )
}

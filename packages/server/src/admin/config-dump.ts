import { type JsonObject, type JsonValue, type Message, toJson } from '@nuncio/config'
import type { NuncioServer } from '../nuncio-server.ts'
import { dynamicClusters, dynamicListeners, dynamicRoutes, listed } from './dynamic-dump.ts'
import { typed } from './typed.ts'

const ADMIN = 'type.googleapis.com/envoy.admin.v3'

/** The parts of `/config_dump`: what runs, without its secrets. */
export function configDump(server: NuncioServer, endpoints: boolean): readonly JsonObject[] {
  const { clusters } = server.parts
  const { appliedAtMs, bootstrap, view } = server.snapshot
  const at = new Date(appliedAtMs).toISOString()
  const item = (name: string, value: JsonObject): JsonObject => ({ [name]: value, last_updated: at })
  const parts = [
    dump('BootstrapConfigDump', {
      bootstrap: toJson('envoy.config.bootstrap.v3.Bootstrap', bootstrap) as JsonValue,
      last_updated: at,
    }),
    dump('ClustersConfigDump', {
      static_clusters: (bootstrap.static_resources?.clusters ?? []).map((cluster) =>
        item('cluster', typed('envoy.config.cluster.v3.Cluster', cluster)),
      ),
      ...dynamicClusters(server),
    }),
    dump('ListenersConfigDump', {
      static_listeners: (bootstrap.static_resources?.listeners ?? []).map((listener) =>
        item('listener', typed('envoy.config.listener.v3.Listener', listener)),
      ),
      ...dynamicListeners(server),
    }),
    dump('ScopedRoutesConfigDump', {}),
    dump('RoutesConfigDump', {
      static_route_configs: view.loaded.routeConfigurations.map((config) =>
        item('route_config', typed('envoy.config.route.v3.RouteConfiguration', config)),
      ),
      ...dynamicRoutes(server),
    }),
    dump('SecretsConfigDump', {
      static_secrets: (bootstrap.static_resources?.secrets ?? []).map((secret) => ({
        name: secret.name ?? '',
        ...item('secret', typed('envoy.extensions.transport_sockets.tls.v3.Secret', secret)),
      })),
    }),
  ]
  if (!endpoints) return parts
  const discovered = new Set(
    clusters
      .entries()
      .active.filter(isEds)
      .map(({ cluster }) => cluster.info.name),
  )
  const assignments = clusters.clusters().map((cluster) => ({
    eds: discovered.has(cluster.name),
    config: item('endpoint_config', {
      cluster_name: cluster.name,
      endpoints: cluster.hosts.map((host) => ({ lb_endpoints: [endpoint(host)] })),
    }),
  }))
  const [written, found] = [false, true].map((eds) => assignments.filter((one) => one.eds === eds))
  const endpointsDump = dump('EndpointsConfigDump', {
    static_endpoint_configs: written!.map(({ config }) => config),
    ...listed(
      'dynamic_endpoint_configs',
      found!.map(({ config }) => config),
    ),
  })
  return [...parts.slice(0, 2), endpointsDump, ...parts.slice(2)]
}

/** Its endpoints come over xDS. */
function isEds({ config }: { readonly config: Message<'envoy.config.cluster.v3.Cluster'> }): boolean {
  return config.type === 'EDS'
}

function endpoint(host: {
  readonly address: { readonly address: string; readonly port: number }
  readonly weight: number
  readonly edsHealth: string
}): JsonObject {
  return {
    endpoint: { address: { socket_address: { address: host.address.address, port_value: host.address.port } } },
    health_status: host.edsHealth,
    load_balancing_weight: host.weight,
  }
}

function dump(kind: string, fields: JsonObject): JsonObject {
  return { '@type': `${ADMIN}.${kind}`, ...fields }
}

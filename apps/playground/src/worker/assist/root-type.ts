import type { MessageName } from '@nuncio/config'

const SIGNS: readonly (readonly [key: string, type: MessageName])[] = [
  ['virtual_hosts', 'envoy.config.route.v3.RouteConfiguration'],
  ['filter_chains', 'envoy.config.listener.v3.Listener'],
  ['load_assignment', 'envoy.config.cluster.v3.Cluster'],
  ['lb_policy', 'envoy.config.cluster.v3.Cluster'],
  ['endpoints', 'envoy.config.endpoint.v3.ClusterLoadAssignment'],
]

/** What a file with these keys at its top is; a bootstrap when nothing says otherwise. */
export function rootType(keys: readonly string[]): MessageName {
  return SIGNS.find(([key]) => keys.includes(key))?.[1] ?? 'envoy.config.bootstrap.v3.Bootstrap'
}

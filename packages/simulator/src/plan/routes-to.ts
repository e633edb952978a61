import type { Message } from '@nuncio/config'

type RouteConfiguration = Message<'envoy.config.route.v3.RouteConfiguration'>
type VirtualHost = Message<'envoy.config.route.v3.VirtualHost'>
type Route = Message<'envoy.config.route.v3.Route'>

/** A route that may lead to a cluster, with what it inherits from. */
export interface RouteOfCluster {
  readonly config: RouteConfiguration
  readonly virtualHost: VirtualHost
  readonly route: Route
  /** Its place among the routes of its virtual host. */
  readonly index: number
}

/** Every route that names a cluster, in the order of the configuration. Routes in `matcher` trees are not looked at. */
export function routesTo(cluster: string, configs: readonly RouteConfiguration[]): RouteOfCluster[] {
  return configs.flatMap((config) =>
    (config.virtual_hosts ?? []).flatMap((virtualHost) =>
      (virtualHost.routes ?? []).flatMap((route, index) =>
        leadsTo(route, cluster) ? [{ config, virtualHost, route, index }] : [],
      ),
    ),
  )
}

/** How a route is called in sentences. */
export function routeName({ config, virtualHost, route, index }: RouteOfCluster): string {
  const place = `route ${index}${route.name ? ` "${route.name}"` : ''} of virtual host "${virtualHost.name ?? ''}"`
  return config.name ? `${place} in "${config.name}"` : place
}

function leadsTo(route: Route, cluster: string): boolean {
  const action = route.route
  if (action === undefined) return false
  if (action.cluster === cluster) return true
  return (action.weighted_clusters?.clusters ?? []).some((each) => each.name === cluster && each.weight !== 0)
}

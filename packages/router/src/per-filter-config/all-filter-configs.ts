import type { AnyMessage, Message } from '@nuncio/config'
import type { PlacedFilterConfig, RouteInfo, VirtualHostInfo } from '../contracts.ts'
import { opened } from './per-filter-config.ts'

interface Level {
  readonly typed_per_filter_config?: Readonly<Record<string, AnyMessage>>
}

/** Every typed_per_filter_config of a route configuration, with its place relative to that. */
export function allFilterConfigs(
  config: Message<'envoy.config.route.v3.RouteConfiguration'>,
  virtualHosts: readonly VirtualHostInfo[],
): PlacedFilterConfig[] {
  const out: PlacedFilterConfig[] = []
  add(config, '', () => virtualHosts.flatMap(clustersOfHost), out)
  virtualHosts.forEach((host, i) => {
    const path = `virtual_hosts[${i}].`
    add(host.config, path, () => clustersOfHost(host), out)
    for (const route of host.routes) addRoute(route, routePath(path, host, route), out)
  })
  return out
}

function clustersOfHost({ routes }: VirtualHostInfo): string[] {
  return routes.flatMap(clustersOfRoute)
}

function clustersOfRoute({ config: { route } }: RouteInfo): string[] {
  const weighted = route?.weighted_clusters?.clusters ?? []
  return [route?.cluster, ...weighted.map(({ name }) => name)].flatMap((name) => (name === undefined ? [] : [name]))
}

/** The routes of a match tree stand somewhere below the tree. */
function routePath(path: string, host: VirtualHostInfo, { index }: RouteInfo): string {
  return host.config.matcher === undefined ? `${path}routes[${index}].` : `${path}matcher.`
}

function addRoute(route: RouteInfo, path: string, out: PlacedFilterConfig[]): void {
  const { config } = route
  add(config, path, () => clustersOfRoute(route), out)
  config.route?.weighted_clusters?.clusters?.forEach((cluster, i) =>
    add(cluster, `${path}route.weighted_clusters.clusters[${i}].`, () => [cluster.name ?? ''], out),
  )
}

function add(
  { typed_per_filter_config: configs = {} }: Level,
  path: string,
  clusters: () => Iterable<string>,
  out: PlacedFilterConfig[],
): void {
  for (const [name, any] of Object.entries(configs)) {
    const { config } = opened(any)
    if (config !== undefined) out.push({ name, config, path: `${path}typed_per_filter_config.${name}`, clusters })
  }
}

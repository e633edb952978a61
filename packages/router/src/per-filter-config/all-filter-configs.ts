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
  add(config, '', out)
  virtualHosts.forEach((host, i) => {
    const path = `virtual_hosts[${i}].`
    add(host.config, path, out)
    for (const route of host.routes) addRoute(route, routePath(path, host, route), out)
  })
  return out
}

/** The routes of a match tree stand somewhere below the tree. */
function routePath(path: string, host: VirtualHostInfo, { index }: RouteInfo): string {
  return host.config.matcher === undefined ? `${path}routes[${index}].` : `${path}matcher.`
}

function addRoute({ config }: RouteInfo, path: string, out: PlacedFilterConfig[]): void {
  add(config, path, out)
  config.route?.weighted_clusters?.clusters?.forEach((cluster, i) =>
    add(cluster, `${path}route.weighted_clusters.clusters[${i}].`, out),
  )
}

function add({ typed_per_filter_config: configs = {} }: Level, path: string, out: PlacedFilterConfig[]): void {
  for (const [name, any] of Object.entries(configs)) {
    const { config } = opened(any)
    if (config !== undefined) out.push({ name, config, path: `${path}typed_per_filter_config.${name}` })
  }
}

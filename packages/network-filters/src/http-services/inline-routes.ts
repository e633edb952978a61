import { compileRouteTable, type RouteTableOptions } from '@nuncio/router'
import type { RouteConfig, RouteSource, RouteSourceOptions } from './http-services.ts'
import { scopedRoutes } from './scoped-routes.ts'

/** Compiles the routes that stand in a connection manager itself; `options.path` is the connection manager's. */
export function inlineRoutes(config: RouteConfig, options: RouteTableOptions & RouteSourceOptions): RouteSource {
  if (config.scoped_routes !== undefined)
    return scopedRoutes(config.scoped_routes, { ...options, path: `${options.path}.scoped_routes` })
  const path = `${options.path}.route_config`
  const table = compileRouteTable(config.route_config ?? {}, { ...options, path })
  options.compileFilters(table, path, options)
  return { tableFor: () => table, internalOnlyHeaders: table.internalOnlyHeaders }
}

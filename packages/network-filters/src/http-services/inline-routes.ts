import { compileRouteTable, compileScopedRoutes, type RouteTableOptions } from '@nuncio/router'
import type { RouteConfig, RouteSource, RouteSourceOptions } from './http-services.ts'

/** Compiles the routes that stand in a connection manager itself; `options.path` is the connection manager's. */
export function inlineRoutes(config: RouteConfig, options: RouteTableOptions & RouteSourceOptions): RouteSource {
  const { scoped_routes: scoped } = config
  if (scoped !== undefined) {
    const scopes = compileScopedRoutes(scoped, { ...options, path: `${options.path}.scoped_routes` })
    const list = `${options.path}.scoped_routes.scoped_route_configurations_list.scoped_route_configurations`
    for (const [i, { table }] of scopes.scopes.entries())
      if (table !== undefined) options.compileFilters(table, `${list}[${i}].route_configuration`, options)
    return { tableFor: (headers) => scopes.table(headers), internalOnlyHeaders: [] }
  }
  const path = `${options.path}.route_config`
  const table = compileRouteTable(config.route_config ?? {}, { ...options, path })
  options.compileFilters(table, path, options)
  return { tableFor: () => table, internalOnlyHeaders: table.internalOnlyHeaders }
}

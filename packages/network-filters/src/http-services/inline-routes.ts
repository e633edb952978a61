import { compileRouteTable, compileScopedRoutes, type RouteTableOptions } from '@nuncio/router'
import type { RouteConfig, RouteSource } from './http-services.ts'

/** Compiles the routes that stand in a connection manager itself; `options.path` is the connection manager's. */
export function inlineRoutes(config: RouteConfig, options: RouteTableOptions & { readonly path: string }): RouteSource {
  const { scoped_routes: scoped } = config
  if (scoped !== undefined) {
    const scopes = compileScopedRoutes(scoped, { ...options, path: `${options.path}.scoped_routes` })
    const list = `${options.path}.scoped_routes.scoped_route_configurations_list.scoped_route_configurations`
    return {
      tableFor: (headers) => scopes.table(headers),
      tables: scopes.scopes.flatMap(({ table }, i) =>
        table === undefined ? [] : [{ table, path: `${list}[${i}].route_configuration` }],
      ),
    }
  }
  const path = `${options.path}.route_config`
  const table = compileRouteTable(config.route_config ?? {}, { ...options, path })
  return { tableFor: () => table, tables: [{ table, path }] }
}

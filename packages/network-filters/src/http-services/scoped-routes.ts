import type { Message } from '@nuncio/config'
import { compileScopedRoutes, type RouteTableOptions } from '@nuncio/router'
import type { RouteSource, RouteSourceOptions } from './http-services.ts'

type ScopedRoutes = Message<'envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes'>
type Options = RouteTableOptions & RouteSourceOptions

/** Finds routes by the name of their configuration, in the source that scoped routes name. */
export type NamedRoutes = (
  source: NonNullable<ScopedRoutes['rds_config_source']>,
  name: string,
  options: RouteSourceOptions,
) => RouteSource

/** Compiles the scopes that are listed; `options.path` is that of `config`. Without `named` none may name its routes. */
export function scopedRoutes(config: ScopedRoutes, options: Options, named?: NamedRoutes): RouteSource {
  const { path } = options
  const sources = sourcesOf(config, options, named)
  const scopes = compileScopedRoutes(config, {
    ...options,
    ...(sources !== undefined && { tableOf: (name: string, headers) => sources.get(name)?.tableFor(headers) }),
  })
  const list = `${path}.scoped_route_configurations_list.scoped_route_configurations`
  for (const [i, { table }] of scopes.scopes.entries())
    if (table !== undefined) options.compileFilters(table, `${list}[${i}].route_configuration`, options)
  const all = [...(sources?.values() ?? [])]
  const waiting = all.flatMap(({ ready }) => ready ?? [])
  return {
    tableFor: (headers) => scopes.table(headers),
    internalOnlyHeaders: [],
    ready: waiting.length === 0 ? undefined : allOf(waiting),
    close: () => {
      for (const source of all) source.close?.()
    },
  }
}

/** The routes that scopes name, by those names; undefined: there is nowhere to look. */
function sourcesOf(
  config: ScopedRoutes,
  options: RouteSourceOptions,
  named: NamedRoutes | undefined,
): ReadonlyMap<string, RouteSource> | undefined {
  const { rds_config_source: source, scoped_route_configurations_list: list } = config
  if (source === undefined || named === undefined) return undefined
  const scopes = list?.scoped_route_configurations ?? []
  const names = scopes.filter((scope) => scope.route_configuration === undefined)
  const wanted = new Set(names.map((scope) => scope.route_configuration_name ?? '').filter((name) => name !== ''))
  return new Map([...wanted].map((name) => [name, named(source, name, options)]))
}

async function allOf(promises: readonly Promise<void>[]): Promise<void> {
  await Promise.all(promises)
}

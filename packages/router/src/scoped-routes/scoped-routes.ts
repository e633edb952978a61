import type { Message } from '@nuncio/config'
import type { RequestHeaders } from '@nuncio/core'
import { type ConfigPlace, configPlace, quoted, wireText } from '@nuncio/matching'
import type { RouteTable } from '../contracts.ts'
import type { RouteTableOptions } from '../options.ts'
import { compileRouteTable } from '../table/compile-route-table.ts'

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3'
type ScopedRoutes = Message<`${typeof HCM}.ScopedRoutes`>
type Extractor = Message<`${typeof HCM}.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder.HeaderValueExtractor`>

/** What scoped routes are compiled with. */
export interface ScopedRouteOptions extends RouteTableOptions {
  /** The table of a route configuration that a scope names, as it is now; asked for each request. */
  readonly tableOf?: (routeConfigurationName: string, headers: RequestHeaders) => RouteTable | undefined
}

/** Route tables by a key that is cut out of request headers. */
export interface ScopedRouteTable {
  /** The table of a request's scope; undefined: the key is not complete or not known, and there is no route. */
  table(headers: RequestHeaders): RouteTable | undefined
  /** The key of a request, one text a fragment; undefined when a fragment is missing. */
  key(headers: RequestHeaders): readonly string[] | undefined
  readonly scopes: readonly {
    readonly name: string
    readonly key: readonly string[]
    /** Undefined for a scope that names a route configuration. */
    readonly table: RouteTable | undefined
  }[]
}

interface Scope {
  readonly name: string
  readonly key: readonly string[]
  readonly table: RouteTable | undefined
  readonly routeConfigurationName: string
}

/** Compiles scoped routes whose scopes are listed in the configuration. */
export function compileScopedRoutes(config: ScopedRoutes, options: ScopedRouteOptions): ScopedRouteTable {
  const place = configPlace(config, options)
  const list = config.scoped_route_configurations_list
  const at = place.at('scoped_route_configurations_list', list)
  const scopes = new Map<string, Scope>()
  list?.scoped_route_configurations?.forEach((scoped, i) => {
    const scopeAt = at.item('scoped_route_configurations', i, scoped)
    const scope = compileScope(scoped, scopeAt, options)
    const key = joined(scope.key)
    const other = scopes.get(key)
    if (other !== undefined)
      scopeAt.at('key', scoped.key).error('duplicate-name', `scope ${quoted(other.name)} has the same key`)
    scopes.set(key, scope)
  })
  const extractors = (config.scope_key_builder?.fragments ?? []).map((fragment) =>
    extractor(fragment.header_value_extractor ?? {}),
  )
  return new CompiledScopes(extractors, scopes, options.tableOf)
}

type Extract = (headers: RequestHeaders) => string | undefined

class CompiledScopes implements ScopedRouteTable {
  readonly #extractors: readonly Extract[]
  readonly #scopes: ReadonlyMap<string, Scope>
  readonly #tableOf: ScopedRouteOptions['tableOf']

  constructor(
    extractors: readonly Extract[],
    scopes: ReadonlyMap<string, Scope>,
    tableOf: ScopedRouteOptions['tableOf'],
  ) {
    this.#extractors = extractors
    this.#scopes = scopes
    this.#tableOf = tableOf
  }

  get scopes(): readonly Scope[] {
    return [...this.#scopes.values()]
  }

  key(headers: RequestHeaders): readonly string[] | undefined {
    const key: string[] = []
    for (const extract of this.#extractors) {
      const fragment = extract(headers)
      if (fragment === undefined) return undefined
      key.push(fragment)
    }
    return key
  }

  table(headers: RequestHeaders): RouteTable | undefined {
    const key = this.key(headers)
    const scope = key && this.#scopes.get(joined(key))
    return scope?.table ?? (scope && this.#tableOf?.(scope.routeConfigurationName, headers))
  }
}

/** No header value holds a NUL, so joining with it keeps fragments apart. */
function joined(key: readonly string[]): string {
  return key.join('\0')
}

function compileScope(
  config: Message<'envoy.config.route.v3.ScopedRouteConfiguration'>,
  place: ConfigPlace,
  options: ScopedRouteOptions,
): Scope {
  const { name = '', route_configuration: inline, route_configuration_name: routeConfigurationName = '' } = config
  const key = (config.key?.fragments ?? []).map((fragment) => wireText(fragment.string_key ?? ''))
  if (inline === undefined && routeConfigurationName === '')
    place.error('missing-field', 'a scope needs a route_configuration or its name')
  else if (inline === undefined && options.tableOf === undefined)
    place
      .at('route_configuration_name')
      .error(
        'unsupported',
        'a scope that is written here cannot name its routes',
        'write them in place: route_configuration',
      )
  const table = inline && compileRouteTable(inline, { ...options, path: place.at('route_configuration', inline).path })
  return { name, key, table, routeConfigurationName }
}

/** Cuts a header's first value into elements, and takes one by its number, or the value of one that is `key=value`. */
function extractor(config: Extractor): Extract {
  const name = (config.name ?? '').toLowerCase()
  const separator = wireText(config.element_separator ?? '')
  const { element, index = 0 } = config
  const elements = (value: string): readonly string[] => (separator === '' ? [value] : value.split(separator))
  if (element === undefined) {
    return (headers) => {
      const value = headers.get(name)
      return value === undefined ? undefined : elements(value)[index]
    }
  }
  const key = wireText(element.key ?? '') + wireText(element.separator ?? '')
  return (headers) => {
    const value = headers.get(name)
    return value === undefined
      ? undefined
      : elements(value)
          .find((one) => one.startsWith(key))
          ?.slice(key.length)
  }
}

import type { AccessLog } from '@nuncio/access-log'
import type { AnyMessage, Message, Problem, Sources } from '@nuncio/config'
import {
  type LoadShedPoint,
  type Logger,
  NuncioError,
  type RandomGenerator,
  type Runtime,
  type StatsScope,
  type TimerWheel,
  type TimeSource,
} from '@nuncio/core'
import type { PerFilterConfig, Route } from '@nuncio/router'
import { type ChainEntry, type CheckStranger, HttpFilterChain, type RouteSite } from './engine/plan.ts'
import type {
  ClusterClients,
  FilterContext,
  FilterServices,
  HttpFilter,
  HttpFilterConfig,
  HttpFilterDefinition,
} from './filter.ts'
import type { FilterStream } from './filter-stream.ts'
import type { Platform } from './platform.ts'
import type { ProxyView } from './proxy-view.ts'

/** What a chain is made with. */
export interface ChainEnvironment extends FilterServices {
  readonly definitions: readonly HttpFilterDefinition[]
  /** Makes access logs; absent where none are written. */
  readonly accessLog?: (
    config: Message<'envoy.config.accesslog.v3.AccessLog'>,
    options: { readonly path: string; readonly sources: Sources | undefined; report(problem: Problem): void },
  ) => AccessLog | undefined
  /** Path of the list in the configuration, for problems. */
  readonly path: string
  readonly report: (problem: Problem) => void
  readonly onDispose: (dispose: () => void) => void
}

/** Which requests a chain is for: those of clients, or the tries that a router makes of them. */
export type ChainKind = 'downstream' | 'upstream'

const KINDS = {
  downstream: { last: 'envoy.filters.http.router', has: ({ upstream }: HttpFilterDefinition) => upstream !== 'only' },
  upstream: {
    last: 'envoy.filters.http.upstream_codec',
    has: ({ upstream }: HttpFilterDefinition) => upstream !== undefined,
  },
} as const

/** Makes a chain from `http_filters`. What cannot be made is reported and left out; entries with `is_optional` quietly. */
export function buildHttpFilterChain(
  filters: readonly HttpFilterConfig[],
  environment: ChainEnvironment,
  kind: ChainKind = 'downstream',
): HttpFilterChain {
  const { last, has } = KINDS[kind]
  // Of two with one type the first wins, as `ServerOptions` promises: a map keeps the last.
  const known = environment.definitions.toReversed().filter((one) => has(one))
  const byType = new Map(known.map((one) => [one.config.type, one]))
  const inner: HttpFilterChain[] = []
  const entries = filters.flatMap((filter, i): ChainEntry[] => {
    const definition = filter.typed_config === undefined ? undefined : byType.get(filter.typed_config['@type'])
    const problem = (message: string, hint = ''): [] => {
      if (filter.is_optional !== true)
        environment.report(problemAt(environment, filter, `${environment.path}[${i}]`, message, hint))
      return []
    }
    if (definition === undefined) {
      const type = filter.typed_config?.['@type'] ?? 'an entry without typed_config'
      return problem(`there is no ${kind === 'upstream' ? 'upstream ' : ''}HTTP filter for ${type}`)
    }
    if ((definition.terminal === true) !== (i === filters.length - 1)) {
      return problem(
        definition.terminal === true
          ? `${definition.name} ends a chain: it must be the last filter`
          : 'the last filter of a chain must be a terminal one',
        `${last} is the usual last filter`,
      )
    }
    const context = new LoadedFilterContext(
      filter.name ?? definition.name,
      `${environment.path}[${i}].typed_config`,
      definition,
      environment,
      byType,
    )
    const create = definition.create(filter.typed_config, context)
    inner.push(...context.inner)
    return [
      {
        name: context.name,
        create,
        disabled: filter.disabled ?? false,
        compileRoute: (config, path, site) => context.compileRoute(config, path, site),
      },
    ]
  })
  return new HttpFilterChain(entries, inner, kind === 'downstream' ? strangerCheck(environment) : undefined)
}

/** What is said to a filter that is not in the chain is what some filter takes from routes, and as that it is right. */
function strangerCheck(environment: ChainEnvironment): CheckStranger {
  const definitions = environment.definitions.filter(KINDS.downstream.has).toReversed()
  const byType = new Map(definitions.map((one) => [one.config.type, one]))
  const byRouteType = new Map(definitions.map((one) => [one.routeConfig?.type, one]))
  return (config, path, site = environment) => {
    const type = config['@type']
    const definition = byRouteType.get(type) ?? byType.get(type)
    if (definition !== undefined) {
      const context = new LoadedFilterContext(definition.name, path, definition, environment, byType)
      return context.compileRoute(config, path, site)
    }
    const message = `${type} configures no HTTP filter`
    site.report(problemAt({ ...environment, sources: site.sources }, config, path, message, ''))
  }
}

function problemAt(environment: ChainEnvironment, node: object, path: string, message: string, hint: string): Problem {
  const at = environment.sources?.positionOf(node)
  return {
    code: 'http-filter',
    severity: 'error',
    path,
    file: at?.file ?? '',
    line: at?.line ?? 0,
    column: at?.column ?? 0,
    message,
    hint,
  }
}

/** Stands for a per-route configuration with an error. */
const BROKEN = Symbol('broken')

class LoadedFilterContext implements FilterContext {
  readonly name: string
  readonly stats: StatsScope
  readonly time: TimeSource
  readonly wheel: TimerWheel
  readonly random: RandomGenerator
  readonly runtime: Runtime
  readonly logger: Logger
  readonly clusters: ClusterClients
  readonly platform: Platform
  readonly proxy: ProxyView
  readonly loadShed: LoadShedPoint
  readonly sources: Sources | undefined
  readonly path: string
  readonly report: (problem: Problem) => void
  readonly onDispose: (dispose: () => void) => void
  /** Chains that this filter runs. */
  readonly inner: HttpFilterChain[] = []
  readonly #definition: HttpFilterDefinition
  readonly #byType: ReadonlyMap<string, HttpFilterDefinition>
  readonly #environment: ChainEnvironment
  readonly #compiled = new WeakMap<AnyMessage, unknown>()
  #hasErrors = false
  /** Filters that this one wraps, which have its name. */
  readonly #wrapped: LoadedFilterContext[] = []
  /** Whether the name is that of several filters, each of which takes what is of its type. */
  #shared = false
  readonly #byRoute = new WeakMap<Route, readonly unknown[]>()

  constructor(
    name: string,
    path: string,
    definition: HttpFilterDefinition,
    environment: ChainEnvironment,
    byType: ReadonlyMap<string, HttpFilterDefinition>,
  ) {
    this.name = name
    this.stats = environment.stats
    this.time = environment.time
    this.wheel = environment.wheel
    this.random = environment.random
    this.runtime = environment.runtime
    this.logger = environment.logger.child('filter')
    this.clusters = environment.clusters
    this.platform = environment.platform
    this.proxy = environment.proxy
    this.loadShed = environment.loadShed
    this.sources = environment.sources
    this.path = path
    this.report = (problem) => {
      if (problem.severity === 'error') this.#hasErrors = true
      environment.report(problem)
    }
    this.onDispose = environment.onDispose
    this.#definition = definition
    this.#environment = environment
    this.#byType = byType
  }

  routeConfig(stream: FilterStream): unknown {
    const route = stream.route()
    return route === undefined || this.#isForeign(route.filterConfigs(this.name)[0]) ? undefined : this.#of(route)[0]
  }

  /** Whether this is for the filter around this one, or for one that is wrapped by it. */
  #isForeign(level: PerFilterConfig | undefined): boolean {
    if (!this.#shared || level?.config === undefined) return false
    return level.config['@type'] !== this.#definition.routeConfig?.type
  }

  routeConfigs(stream: FilterStream): readonly unknown[] {
    const route = stream.route()
    return route === undefined ? [] : this.#of(route)
  }

  #of(route: Route): readonly unknown[] {
    let configs = this.#byRoute.get(route)
    if (configs === undefined) {
      configs = route.filterConfigs(this.name).flatMap((level) => this.#compile(level))
      this.#byRoute.set(route, configs)
    }
    return configs
  }

  #compile(level: PerFilterConfig): unknown[] {
    const { config } = level
    if (config === undefined || this.#isForeign(level)) return []
    if (!this.#compiled.has(config)) this.compileRoute(config, this.path)
    const compiled = this.#compiled.get(config)
    if (compiled !== BROKEN) return [compiled]
    // What this filter is to do here is not known: one that guards must not be left out.
    throw new NuncioError('ERR_NUNCIO_INVALID_CONFIG', `the configuration of ${this.name} for this route has an error`)
  }

  /** Compiles a route's configuration for later use; reports what is wrong with it at `path`, to `site`. */
  compileRoute(config: AnyMessage, path: string, site: RouteSite = this.#environment): void {
    const environment = { ...this.#environment, sources: site.sources, report: site.report }
    const definition = this.#definition
    const { name, routeConfig } = definition
    if (config['@type'] !== routeConfig?.type) {
      const wrapped = this.#wrapped.find((one) => one.#definition.routeConfig?.type === config['@type'])
      if (wrapped !== undefined) return wrapped.compileRoute(config, path, site)
      const taken = routeConfig === undefined ? 'no configuration of a route' : `${routeConfig.type} here`
      const message = `the filter ${name} takes ${taken}, not ${config['@type']}`
      this.#compiled.set(config, BROKEN)
      site.report(problemAt(environment, config, path, message, ''))
      return
    }
    if (this.#compiled.has(config)) return
    if (definition.createRoute === undefined) {
      this.#compiled.set(config, config)
      return
    }
    const context = new LoadedFilterContext(this.name, path, definition, environment, this.#byType)
    const compiled = definition.createRoute(config, context)
    this.#compiled.set(config, context.#hasErrors ? BROKEN : compiled)
  }

  accessLog(config: Message<'envoy.config.accesslog.v3.AccessLog'>, path: string): AccessLog | undefined {
    const { report, sources } = this
    const log = this.#environment.accessLog?.(config, { path, sources, report })
    if (log?.close !== undefined) this.onDispose(() => void log.close?.())
    return log
  }

  upstreamChain(filters: readonly HttpFilterConfig[], path: string): HttpFilterChain {
    const chain = buildHttpFilterChain(filters, { ...this.#environment, path, report: this.report }, 'upstream')
    this.inner.push(chain)
    return chain
  }

  resolve(config: AnyMessage | undefined, path: string): (() => HttpFilter) | undefined {
    const definition = config === undefined ? undefined : this.#byType.get(config['@type'])
    if (config === undefined || definition === undefined || definition.terminal === true) {
      const type = config?.['@type'] ?? 'an entry without typed_config'
      const message =
        definition === undefined ? `there is no HTTP filter for ${type}` : `${type} ends a chain: it cannot be wrapped`
      this.report(problemAt(this.#environment, config ?? {}, path, message, ''))
      return undefined
    }
    const environment = { ...this.#environment, report: this.report }
    const context = new LoadedFilterContext(this.name, path, definition, environment, this.#byType)
    context.#shared = this.#shared = true
    this.#wrapped.push(context)
    return definition.create(config, context)
  }
}

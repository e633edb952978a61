import {
  isMessage,
  loadAny,
  type LoadedAny,
  type LoadResult,
  type LoadOptions,
  type Message,
  Paths,
  type Position,
  type Problem,
  type Severity,
  type Sources,
} from '@nuncio/config'
import type { Runtime } from '@nuncio/core'
import { compileRouteTable, compileScopedRoutes, type RouteTable, type ScopedRouteTable } from '@nuncio/router'
import { followFiles, joined, type ReadFile } from './follow-files.ts'
import { type Hcm, type ManagerView, managersOf } from './managers.ts'
import { StaticRuntime, staticLayers } from './static-runtime.ts'

export type RouteConfiguration = Message<'envoy.config.route.v3.RouteConfiguration'>
export type Cluster = Message<'envoy.config.cluster.v3.Cluster'>

/** Under which a cluster has its HTTP options. */
const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'

interface Compiled {
  readonly table: RouteTable
  readonly problems: readonly Problem[]
}

/** A configuration of any kind as the tools look at it. Route tables are compiled when first asked for, and kept. */
export class ConfigView {
  readonly loaded: LoadedAny
  readonly sources: Sources
  readonly managers: readonly ManagerView[]
  readonly clusters: ReadonlyMap<string, Cluster>
  /** What the static layers of the file say; other layers are not known here. */
  readonly runtime: Runtime
  readonly #paths: Paths
  readonly #tables = new Map<RouteConfiguration, Compiled>()
  readonly #scopes = new Map<object, ScopedRouteTable>()

  /**
   * `runtime` stands for that of the file; it is asked whenever a table routes. `files` are those that the configuration
   * takes resources from, which `loaded` holds too.
   */
  constructor(loaded: LoadedAny, runtime?: Runtime, files: readonly LoadedAny[] = []) {
    this.loaded = loaded
    this.sources = loaded.result.sources
    this.managers = managersOf(loaded.listeners)
    this.clusters = new Map(loaded.clusters.map((cluster) => [cluster.name ?? '', cluster]))
    this.runtime = runtime ?? new StaticRuntime(staticLayers(loaded.bootstrap))
    this.#paths = new Paths([loaded, ...files].map(({ result }) => result.partial))
  }

  /** The texts by file name, for showing problems. */
  get texts(): ReadonlyMap<string, string> {
    return this.loaded.result.texts
  }

  /** What was found while loading, and while compiling the route tables. */
  get problems(): readonly Problem[] {
    const compiled = this.loaded.routeConfigurations.flatMap((config) => this.#compiled(config).problems)
    const known = new Set(this.loaded.result.problems.map(placeKey))
    return [...this.loaded.result.problems, ...compiled.filter((problem) => !known.has(placeKey(problem)))]
  }

  /** Problems in the order of the text; those of each file together, the first file's first. */
  inOrder(problems: readonly Problem[]): readonly Problem[] {
    const files = [...this.texts.keys()]
    const rank = ({ file }: Problem): number => files.indexOf(file)
    return problems.toSorted((a, b) => rank(a) - rank(b) || a.line - b.line || a.column - b.column)
  }

  /** The route configuration that a connection manager has or names; undefined for scoped routes and unknown names. */
  routesOf(manager: Hcm): RouteConfiguration | undefined {
    if (manager.route_config !== undefined) return manager.route_config
    const name = manager.rds?.route_config_name
    return name === undefined ? undefined : this.loaded.routeConfigurations.find((config) => config.name === name)
  }

  table(config: RouteConfiguration): RouteTable {
    return this.#compiled(config).table
  }

  /** The scoped routes of a connection manager; undefined when it has none in the file. */
  scopesOf(manager: Hcm): ScopedRouteTable | undefined {
    const config = manager.scoped_routes
    if (config?.scoped_route_configurations_list === undefined) return undefined
    let scopes = this.#scopes.get(config)
    if (scopes !== undefined) return scopes
    const named = (name: string): RouteTable | undefined => {
      const found = this.loaded.routeConfigurations.find((each) => each.name === name)
      return found && this.table(found)
    }
    scopes = compileScopedRoutes(config, {
      report: () => {},
      sources: this.sources,
      runtime: this.runtime,
      validateClusters: false,
      tableOf: named,
    })
    this.#scopes.set(config, scopes)
    return scopes
  }

  /** Where a message, or a field of it, was written; the message when the field was not. */
  positionOf(node: object, field?: string | number): Position | undefined {
    return this.sources.positionOf(node, field) ?? (field === undefined ? undefined : this.sources.positionOf(node))
  }

  pathOf(node: object, field?: string | number): string {
    return this.#paths.of(node, field)
  }
  parentOf(node: object): object | undefined {
    return this.#paths.parentOf(node)
  }

  /** A problem with the place and the path of what it is about. */
  problem(
    code: string,
    severity: Severity,
    node: object,
    field: string | number | undefined,
    message: string,
    hint = '',
  ): Problem {
    const at = this.positionOf(node, field) ?? this.#enclosing(node)
    return {
      code,
      severity,
      path: this.pathOf(node, field),
      file: at?.file ?? '',
      line: at?.line ?? 0,
      column: at?.column ?? 0,
      message,
      hint,
    }
  }

  #enclosing(node: object): Position | undefined {
    for (let at = this.parentOf(node); at !== undefined; at = this.parentOf(at)) {
      const position = this.sources.positionOf(at)
      if (position !== undefined) return position
    }
    return undefined
  }

  #compiled(config: RouteConfiguration): Compiled {
    let compiled = this.#tables.get(config)
    if (compiled === undefined) this.#tables.set(config, (compiled = compileFor(this, config)))
    return compiled
  }
}

/** Compiles a route configuration as far as it goes, without files, environment or clusters. */
function compileFor(view: ConfigView, config: RouteConfiguration): Compiled {
  const { sources, runtime } = view
  const problems: Problem[] = []
  const table = compileRouteTable(config, {
    report: (problem) => problems.push(problem),
    sources,
    runtime,
    path: view.pathOf(config),
    validateClusters: false,
    formatEnvironment: { environment: () => '' },
    readFile: () => new Uint8Array(0),
    httpOptionsOf: (name) => {
      const http = view.clusters.get(name)?.typed_extension_protocol_options?.[HTTP_OPTIONS]
      return isMessage(http, HTTP_OPTIONS) ? http : undefined
    },
  })
  return { table, problems }
}

function placeKey({ code, file, line }: Problem): string {
  return `${code} ${file}:${line}`
}

/** A bootstrap that was loaded already; `bootstrap` stands for what came of it, where that is something else. */
export function viewBootstrap(
  result: LoadResult<Message<'envoy.config.bootstrap.v3.Bootstrap'>>,
  bootstrap = result.config ?? result.partial ?? {},
): ConfigView {
  const { listeners = [], clusters = [] } = bootstrap.static_resources ?? {}
  return new ConfigView({
    kind: 'bootstrap',
    result,
    bootstrap,
    listeners,
    clusters,
    routeConfigurations: managersOf(listeners).flatMap(({ config }) => config.route_config ?? []),
    loadAssignments: clusters.flatMap((cluster) => cluster.load_assignment ?? []),
  })
}

export interface OpenOptions extends LoadOptions {
  /** How files are read that the configuration takes resources from; left out, nobody looks into them. */
  readonly readFile?: ReadFile
}

/** Loads a configuration of any kind for the tools. Nothing is thrown for what it holds. */
export function openConfig(input: string | Uint8Array, options: OpenOptions = {}): ConfigView {
  const { readFile, ...loading } = options
  const loaded = loadAny(input, loading)
  if (readFile === undefined) return new ConfigView(loaded)
  const followed = followFiles(loaded, loading, readFile)
  return new ConfigView(joined(loaded, followed), undefined, followed.files)
}

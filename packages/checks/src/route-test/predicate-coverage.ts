import type { Position } from '@nuncio/config'
import { compileRouteTable, type Route, type RouteInfo, type RouteTable, type VirtualHostInfo } from '@nuncio/router'
import type { PreparedRequest } from '../request/tool-request.ts'
import { requirementsOf } from '../lint/shadow/requirements.ts'
import type { ConfigView, RouteConfiguration } from '../view/config-view.ts'

/** One predicate of a route besides its path. */
export interface PredicateCoverage {
  readonly text: string
  readonly position: Position | undefined
  /** Some test reached the route with it. */
  readonly met: boolean
  /** Some test went past the route because of it. */
  readonly failed: boolean
}

interface Counted {
  readonly text: string
  readonly position: Position | undefined
  met: boolean
  failed: boolean
}

/** Trials of single routes that one run may cost; some seconds' worth. */
const MAX_TRIALS = 500_000

/** Follows requests through the routes that have predicates, by the explanations of tables that hold only those. */
export class PredicateCounter {
  readonly #view: ConfigView
  readonly #tables = new Map<
    VirtualHostInfo,
    { readonly table: RouteTable; readonly routes: readonly RouteInfo[] } | undefined
  >()
  readonly #predicates = new Map<RouteInfo, Counted[]>()
  #left = MAX_TRIALS

  constructor(view: ConfigView, configs: readonly RouteConfiguration[]) {
    this.#view = view
    for (const config of configs) for (const host of view.table(config).virtualHosts) this.#prepare(config, host)
  }

  /** False when there was too much to follow: then the counts are not complete. */
  get isComplete(): boolean {
    return this.#left > 0
  }

  predicatesOf(route: RouteInfo): readonly PredicateCoverage[] {
    return this.#predicates.get(route) ?? []
  }

  /** Follows a request that took a route, or none. Its headers are as routes see them. */
  follow(whole: RouteTable, request: PreparedRequest, route: Route | undefined): void {
    const host = route?.virtualHost ?? this.#hostOf(whole, request)
    const part = host && this.#tables.get(host)
    if (part === undefined || this.#left <= 0) return
    const matched = route?.info
    const last = matched === undefined || matched.index < 0 ? Infinity : matched.index
    const { headers, info, random } = request
    for (const trial of part.table.explain(headers, info, random).routes) {
      this.#left--
      const tried = part.routes[trial.index]!
      if (tried.index > last) return
      const counted = this.#predicates.get(tried)!
      trial.predicates.forEach(({ ok }, i) => {
        const predicate = counted[i]
        if (predicate === undefined) return
        if (trial.matched && tried === matched) predicate.met = true
        if (!ok) predicate.failed = true
      })
    }
  }

  /** The virtual host of a request without a route. */
  #hostOf(whole: RouteTable, { headers, info, random }: PreparedRequest): VirtualHostInfo | undefined {
    if (this.#tables.size === 0 || this.#left <= 0) return undefined
    const { virtualHost, routes } = whole.explain(headers, info, random)
    this.#left -= routes.length
    return virtualHost && whole.virtualHosts.find(({ name }) => name === virtualHost.name)
  }

  #prepare(config: RouteConfiguration, host: VirtualHostInfo): void {
    if (host.config.matcher !== undefined) return
    const routes = host.routes.filter(
      ({ config: { match } }) => match !== undefined && requirementsOf(match).length > 0,
    )
    if (routes.length === 0) return
    for (const route of routes) this.#predicates.set(route, this.#counted(route))
    const part: RouteConfiguration = {
      ignore_path_parameters_in_path_matching: config.ignore_path_parameters_in_path_matching === true,
      virtual_hosts: [{ name: host.name, domains: ['*'], routes: routes.map((route) => route.config) }],
    }
    const table = compileRouteTable(part, {
      report: () => {},
      runtime: this.#view.runtime,
      validateClusters: false,
      readFile: () => new Uint8Array(0),
    })
    this.#tables.set(host, { table, routes })
  }

  /** The predicates in the order of evaluation, as an explanation lists them before the path. */
  #counted({ config }: RouteInfo): Counted[] {
    return requirementsOf(config.match!, true).map(({ node, header, kind }) => ({
      text: header?.describe() ?? `${kind} ${JSON.stringify(node)}`,
      position: this.#view.positionOf(node),
      met: false,
      failed: false,
    }))
  }
}

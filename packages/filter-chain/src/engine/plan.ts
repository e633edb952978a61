import type { HttpFilter } from '../filter.ts'
import type { AnyMessage, Problem, Sources } from '@nuncio/config'
import type { PlacedFilterConfig, Route, RouteTable } from '@nuncio/router'

/** Bits of the hooks that a filter has. */
export const Hook = {
  requestHeaders: 1,
  requestData: 2,
  requestTrailers: 4,
  responseHeaders: 8,
  responseData: 16,
  responseTrailers: 32,
  complete: 64,
} as const

export const REQUEST_HOOKS = Hook.requestHeaders | Hook.requestData | Hook.requestTrailers
export const RESPONSE_HOOKS = Hook.responseHeaders | Hook.responseData | Hook.responseTrailers

function hooksOf(filter: HttpFilter): number {
  return (
    (filter.onRequestHeaders === undefined ? 0 : Hook.requestHeaders) |
    (filter.onRequestData === undefined ? 0 : Hook.requestData) |
    (filter.onRequestTrailers === undefined ? 0 : Hook.requestTrailers) |
    (filter.onResponseHeaders === undefined ? 0 : Hook.responseHeaders) |
    (filter.onResponseData === undefined ? 0 : Hook.responseData) |
    (filter.onResponseTrailers === undefined ? 0 : Hook.responseTrailers) |
    (filter.onComplete === undefined ? 0 : Hook.complete)
  )
}

/** A filter as a chain holds it: made once for each configuration. */
export interface ChainEntry {
  readonly name: string
  readonly create: () => HttpFilter
  /** `disabled: true` in the chain: off unless a route's configuration switches it on. */
  readonly disabled: boolean
  /** Compiles a route's configuration of this filter; what is wrong with it is reported at `path`. */
  readonly compileRoute?: ((config: AnyMessage, path: string, site?: RouteSite) => void) | undefined
}

/** Where a route table was written, and who hears of problems with it. */
export interface RouteSite {
  readonly sources: Sources | undefined
  readonly report: (problem: Problem) => void
}

/** Compiles what routes say to a filter that the chain lacks, by its type, and reports what configures no HTTP filter at all. */
export type CheckStranger = (config: AnyMessage, path: string, site?: RouteSite) => void

/** The filters that run for one route, with what was learnt of them when the first stream was made. */
export class Plan {
  readonly entries: readonly ChainEntry[]
  /** Union of the hooks of all filters but the terminal one. */
  hooks = 0
  #learnt = false

  constructor(entries: readonly ChainEntry[]) {
    this.entries = entries
  }

  /** New filter objects for a stream, the terminal one last. */
  create(): HttpFilter[] {
    const entries = this.entries
    const filters: HttpFilter[] = []
    for (let i = 0; i < entries.length; i++) filters.push(entries[i]!.create())
    if (!this.#learnt) {
      this.#learnt = true
      for (let i = 0; i < filters.length - 1; i++) this.hooks |= hooksOf(filters[i]!)
    }
    return filters
  }
}

/** A chain of HTTP filters as configured; gives each route its plan. */
export class HttpFilterChain {
  readonly entries: readonly ChainEntry[]
  readonly #plans = new WeakMap<Route, Plan>()
  readonly #plain: Plan
  readonly #byRoute: boolean
  #lastRoute: Route | undefined = undefined
  #lastPlan: Plan

  readonly #inner: readonly HttpFilterChain[]
  readonly #checkStranger: CheckStranger | undefined

  /**
   * `entries` end with a terminal filter. `inner`: chains that a filter of this one runs. `checkStranger`: looks at what routes
   * say to filters that are not among the entries.
   */
  constructor(entries: readonly ChainEntry[], inner: readonly HttpFilterChain[] = [], checkStranger?: CheckStranger) {
    this.#inner = inner
    this.#checkStranger = checkStranger
    this.entries = entries
    this.#plain = new Plan(entries.filter((entry) => !entry.disabled))
    this.#lastPlan = this.#plain
    this.#byRoute = entries.length > 1
  }

  /**
   * Compiles what a route table says to these filters, so that its problems are known before the first request. `site`:
   * where the table comes from, when that is not where the chain does.
   */
  compileRoutes(table: RouteTable, path: string, site?: RouteSite): void {
    for (const placed of table.filterConfigs()) this.compileRoute(placed, path, site)
  }

  /** The same for one configuration of a table. */
  compileRoute(placed: PlacedFilterConfig, path: string, site?: RouteSite): void {
    const { name, config, path: below } = placed
    const own = this.entries.filter((entry) => entry.name === name)
    for (const entry of own) entry.compileRoute?.(config, `${path}.${below}`, site)
    if (own.length === 0) this.#checkStranger?.(config, `${path}.${below}`, site)
    for (const chain of this.#inner) chain.compileRoute(placed, path, site)
  }

  plan(route: Route | undefined): Plan {
    if (!this.#byRoute || route === undefined) return this.#plain
    if (route === this.#lastRoute) return this.#lastPlan
    let plan = this.#plans.get(route)
    if (plan === undefined) {
      plan = this.#decide(route)
      this.#plans.set(route, plan)
    }
    this.#lastRoute = route
    this.#lastPlan = plan
    return plan
  }

  #decide(route: Route): Plan {
    const last = this.entries.length - 1
    let same = true
    const entries = this.entries.filter((entry, i) => {
      const configs = i === last ? [] : route.filterConfigs(entry.name)
      const on = configs.length > 0 ? !configs[0]!.disabled : !entry.disabled
      same &&= on === !entry.disabled
      return on
    })
    return same ? this.#plain : new Plan(entries)
  }
}

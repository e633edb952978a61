import type { Message, Problem } from '@nuncio/config'
import type { Counter, Gauge, StatsScope } from '@nuncio/core'
import type { RouteSite } from '@nuncio/filter-chain'
import { compileRouteTable, type RouteTable, type RouteTableOptions } from '@nuncio/router'
import { type DiscoveredResources, hasErrors, oneResource, type ResourceSubscriber } from '@nuncio/xds'
import { deepEqual } from '@nuncio/cluster'

export const ROUTES = 'envoy.config.route.v3.RouteConfiguration'

/** Who asks a subscription for routes: one connection manager. */
export interface RouteUser {
  /** Compiles what the table says to its filters; what is wrong is reported to `site`. */
  prepare(table: RouteTable, path: string, site: RouteSite): void
}

/** A route configuration that was taken. */
export interface TakenRoutes {
  readonly config: Message<typeof ROUTES>
  readonly table: RouteTable
  readonly version: string
  /** Milliseconds since 1970-01-01 UTC. */
  readonly updatedMs: number
  readonly path: string
  readonly site: RouteSite
}

/** The routes of one name from one place; all connection managers that name them have the same. */
export class RouteSubscription implements ResourceSubscriber<typeof ROUTES> {
  readonly name: string
  readonly users = new Set<RouteUser>()
  /** Settles when there is a first answer, whatever it is. */
  readonly answered: Promise<void>
  taken: TakenRoutes | undefined = undefined
  #pending = true
  readonly #tables: Omit<RouteTableOptions, 'report'>
  readonly #wallMs: () => number
  readonly #empty: Counter
  readonly #reload: Counter
  readonly #reloadTime: Gauge
  #settle: () => void = () => {}

  /** `stats` is that of the subscription: `http.main.rds.local.`. */
  constructor(name: string, stats: StatsScope, tables: Omit<RouteTableOptions, 'report'>, wallMs: () => number) {
    this.name = name
    this.#tables = tables
    this.#wallMs = wallMs
    this.#empty = stats.counter('update_empty')
    this.#reload = stats.counter('config_reload')
    this.#reloadTime = stats.gauge('config_reload_time_ms')
    this.answered = new Promise((resolve) => (this.#settle = resolve))
  }

  /** Nothing has been heard yet. */
  get pending(): boolean {
    return this.#pending
  }

  /** As in Envoy: one configuration, of this name; none leaves what there is. */
  onResources(response: DiscoveredResources<typeof ROUTES>): readonly Problem[] {
    const { resource, problems, empty } = oneResource(response, this.name, ({ name }) => name)
    if (empty) this.#empty.inc()
    if (resource !== undefined) this.#take(resource.message, resource.path, response, problems)
    this.#answer()
    return problems
  }

  onFailure(): void {
    this.#answer()
  }

  #answer(): void {
    this.#pending = false
    this.#settle()
  }

  #take(
    config: Message<typeof ROUTES>,
    path: string,
    response: DiscoveredResources<typeof ROUTES>,
    problems: Problem[],
  ): void {
    if (this.taken !== undefined && deepEqual(this.taken.config, config)) {
      this.taken = { ...this.taken, version: response.version }
      return
    }
    const site = { sources: response.sources, report: (problem: Problem): void => void problems.push(problem) }
    const table = compileRouteTable(config, { ...this.#tables, ...site, path, validateClusters: false })
    for (const user of this.users) user.prepare(table, path, site)
    if (hasErrors(problems)) return
    const updatedMs = this.#wallMs()
    this.taken = { config, table, version: response.version, updatedMs, path, site }
    this.#reload.inc()
    this.#reloadTime.set(Math.round(updatedMs))
  }
}

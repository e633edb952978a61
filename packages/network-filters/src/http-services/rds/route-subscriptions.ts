import type { Message } from '@nuncio/config'
import { statName, type StatsStore } from '@nuncio/core'
import { configPlace } from '@nuncio/matching'
import type { RouteTableOptions } from '@nuncio/router'
import type { ResourceSource } from '@nuncio/xds'
import type { RouteSource, RouteSourceOptions } from '../http-services.ts'
import { RouteSubscription, type RouteUser, ROUTES, type TakenRoutes } from './route-subscription.ts'

type Rds = Message<'envoy.extensions.filters.network.http_connection_manager.v3.Rds'>

/** What subscriptions to routes are made with. */
export interface RouteSubscriptionsOptions {
  readonly resources: ResourceSource
  readonly stats: StatsStore
  readonly tables: Omit<RouteTableOptions, 'report'>
  readonly wallMs: () => number
}

interface Entry {
  readonly subscription: RouteSubscription
  readonly end: () => void
}

/** Routes that come over xDS: those of the same name and place are had once, for as long as somebody uses them. */
export class RouteSubscriptions {
  readonly #options: RouteSubscriptionsOptions
  readonly #entries = new Map<string, Entry>()

  constructor(options: RouteSubscriptionsOptions) {
    this.#options = options
  }

  /** What is in use, for `/config_dump`. */
  get taken(): readonly TakenRoutes[] {
    return [...this.#entries.values()].flatMap(({ subscription }) => subscription.taken ?? [])
  }

  /** The routes that a connection manager names; `options.path` is that of `rds`. */
  source(rds: Rds, statPrefix: string, options: RouteSourceOptions): RouteSource {
    const config = rds.config_source ?? {}
    const obstacle = this.#options.resources.obstacle(config)
    if (obstacle !== '') {
      configPlace(rds, options).at('config_source', config).error('unsupported', obstacle)
      return NO_ROUTES
    }
    const key = JSON.stringify([config, rds.route_config_name])
    const entry = this.#entries.get(key) ?? this.#begin(key, rds, statPrefix)
    const { subscription } = entry
    const user: RouteUser = { prepare: (table, path, site) => options.compileFilters(table, path, site) }
    const { taken } = subscription
    // What is there already is told with the connection manager that cannot use it.
    if (taken !== undefined) user.prepare(taken.table, taken.path, { ...taken.site, report: options.report })
    subscription.users.add(user)
    return {
      tableFor: () => subscription.taken?.table,
      get internalOnlyHeaders() {
        return subscription.taken?.table.internalOnlyHeaders ?? NO_ROUTES.internalOnlyHeaders
      },
      ready: subscription.pending ? subscription.answered : undefined,
      close: () => {
        subscription.users.delete(user)
        if (subscription.users.size > 0) return
        this.#entries.delete(key)
        entry.end()
      },
    }
  }

  #begin(key: string, rds: Rds, statPrefix: string): Entry {
    const { resources, stats, tables, wallMs } = this.#options
    const name = rds.route_config_name ?? ''
    const scope = stats.scope(`http.${statPrefix}.rds.${statName(name)}.`)
    const subscription = new RouteSubscription(name, scope, tables, wallMs)
    const wish = { type: ROUTES, config: rds.config_source ?? {}, stats: scope } as const
    const entry = { subscription, end: resources.subscribe(wish, subscription) }
    this.#entries.set(key, entry)
    return entry
  }
}

const NO_ROUTES: RouteSource = { tableFor: () => undefined, internalOnlyHeaders: [] }

import type { Message } from '@nuncio/config'
import { statName, type StatsStore } from '@nuncio/core'
import { configPlace } from '@nuncio/matching'
import type { RouteTableOptions } from '@nuncio/router'
import type { ResourceSource } from '@nuncio/xds'
import type { RouteSource, RouteSourceOptions } from '../http-services.ts'
import { scopedRoutes } from '../scoped-routes.ts'
import { SCOPES, ScopeSubscription } from './scope-subscription.ts'
import { RouteSubscription, type RouteUser, ROUTES, type TakenRoutes } from './route-subscription.ts'

type ScopedRoutes = Message<'envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes'>
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

  /** The routes that a connection manager names; `options.path` is that of the message whose `field` is the source. */
  source(rds: Rds, statPrefix: string, options: RouteSourceOptions, field = 'config_source'): RouteSource {
    const config = rds.config_source ?? {}
    const obstacle = this.#options.resources.obstacle(config)
    if (obstacle !== '') {
      configPlace(rds, options).at(field, config).error('unsupported', obstacle)
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

  /** The scopes of a connection manager that come over xDS (`scoped_rds`); `options.path` is that of `config`. */
  scoped(config: ScopedRoutes, statPrefix: string, options: RouteSourceOptions): RouteSource {
    const { resources, stats, tables } = this.#options
    const source = config.scoped_rds?.scoped_rds_config_source ?? {}
    const obstacle = resources.obstacle(source)
    if (obstacle !== '') {
      const place = configPlace(config, options).at('scoped_rds', config.scoped_rds)
      place.at('scoped_rds_config_source', source).error('unsupported', obstacle)
      return NO_ROUTES
    }
    const subscription = new ScopeSubscription((scopes, { sources }, report) => {
      const listed = { ...config, scoped_route_configurations_list: { scoped_route_configurations: scopes } }
      const site = { ...options, sources, report, path: 'resources' }
      return scopedRoutes(listed, { ...tables, ...site, validateClusters: false }, (where, name, at) =>
        this.source({ config_source: where, route_config_name: name }, statPrefix, at, 'rds_config_source'),
      )
    })
    const scope = stats.scope(`http.${statPrefix}.scoped_rds.${statName(config.name ?? '')}.`)
    return subscription.begun(resources.subscribe({ type: SCOPES, config: source, stats: scope }, subscription))
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

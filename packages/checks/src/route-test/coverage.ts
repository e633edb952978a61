import type { Message, Position } from '@nuncio/config'
import { requestHeaders } from '@nuncio/core'
import type { Route, RouteInfo, VirtualHostInfo } from '@nuncio/router'
import type { ConfigView, RouteConfiguration } from '../view/config-view.ts'
import type { PredicateCoverage } from './predicate-coverage.ts'

/** A route, and what tests saw of it. */
export interface CoveredRoute {
  readonly routeConfiguration: string
  readonly virtualHost: string
  readonly index: number
  readonly name: string
  readonly position: Position | undefined
  /** The clusters of weighted routes one by one, others as one. */
  readonly targets: readonly { readonly name: string; readonly covered: boolean }[]
  readonly covered: boolean
  /** The share of what tests may compare of this route that some test did compare, 0 to 1. */
  readonly fields: number
  readonly predicates: readonly PredicateCoverage[]
}

export interface Coverage {
  /** Percent of targets that some test reached and found right. */
  readonly percent: number
  /** Percent with every field of every target compared (`--covall`). */
  readonly comprehensivePercent: number
  /** Percent of predicates that some test met and some test failed; undefined when that was not measured. */
  readonly predicatePercent: number | undefined
  readonly routes: readonly CoveredRoute[]
}

// What Envoy's tool counts for `--covall`, by its own names.
const FORWARD_FIELDS = [
  'cluster_name',
  'virtual_cluster_name',
  'virtual_host_name',
  'path_rewrite',
  'host_rewrite',
] as const
const ANSWER_FIELDS = ['path_redirect', 'code_redirect'] as const

const SAME_FIELD: Readonly<Record<string, string>> = {
  cluster: 'cluster_name',
  virtual_cluster: 'virtual_cluster_name',
  virtual_host: 'virtual_host_name',
  path: 'path_rewrite',
  host: 'host_rewrite',
  location: 'path_redirect',
  status: 'code_redirect',
}

/** Collects what tests reach. Routes are told apart by the compiled objects, so that names do not matter. */
export class CoverageCounter {
  readonly #seen = new Map<Route, Set<string>>()
  readonly #routes = new Map<RouteInfo, Set<Route>>()

  /** A test reached a route, and these of its fields were as expected. */
  add(route: Route, fields: readonly string[]): void {
    if (fields.length === 0) return
    let seen = this.#seen.get(route)
    if (seen === undefined) this.#seen.set(route, (seen = new Set()))
    for (const field of fields) seen.add(SAME_FIELD[field] ?? field)
    const entries = this.#routes.get(route.info)
    if (entries === undefined) this.#routes.set(route.info, new Set([route]))
    else entries.add(route)
  }

  report(
    view: ConfigView,
    configs: readonly RouteConfiguration[],
    predicatesOf: (route: RouteInfo) => readonly PredicateCoverage[],
    measured: boolean,
  ): Coverage {
    const routes = configs.flatMap((config) =>
      view
        .table(config)
        .virtualHosts.flatMap((host) =>
          host.routes.map((route) => this.#route(config, host, route, predicatesOf(route))),
        ),
    )
    const targets = routes.flatMap((route) => route.targets)
    const predicates = routes.flatMap((route) => route.predicates)
    const sum = routes.reduce((total, route) => total + route.fields * route.targets.length, 0)
    return {
      percent: share(targets.filter(({ covered }) => covered).length, targets.length),
      comprehensivePercent: share(sum, targets.length),
      predicatePercent: measured
        ? share(predicates.filter(({ met, failed }) => met && failed).length, predicates.length)
        : undefined,
      routes,
    }
  }

  #route(
    config: RouteConfiguration,
    host: VirtualHostInfo,
    route: RouteInfo,
    predicates: readonly PredicateCoverage[],
  ): CoveredRoute {
    const entries = [...(this.#routes.get(route) ?? [])]
    const weighted = route.config.route?.weighted_clusters?.clusters
    const targets =
      weighted === undefined
        ? [
            {
              name: route.config.route?.cluster ?? route.config.route?.cluster_header ?? '',
              covered: entries.length > 0,
            },
          ]
        : coveredClusters(weighted, entries)
    const wanted =
      route.config.redirect === undefined && route.config.direct_response === undefined ? FORWARD_FIELDS : ANSWER_FIELDS
    const compared = entries.reduce(
      (total, entry) => total + wanted.filter((field) => this.#seen.get(entry)?.has(field)).length,
      0,
    )
    return {
      routeConfiguration: config.name ?? '',
      virtualHost: host.name,
      index: route.index,
      name: route.name,
      position: route.position,
      targets,
      covered: targets.every(({ covered }) => covered),
      fields: compared / (wanted.length * targets.length),
      predicates,
    }
  }
}

const NO_HEADERS = requestHeaders([])

type WeightedCluster = Message<'envoy.config.route.v3.WeightedCluster.ClusterWeight'>

/** Entries are told apart by their cluster; those whose cluster a header names have none without it. */
function coveredClusters(clusters: readonly WeightedCluster[], entries: readonly Route[]): CoveredRoute['targets'] {
  const left = entries.map((entry) => (entry.kind === 'forward' ? entry.clusterName(NO_HEADERS) : ''))
  return clusters.map(({ name = '', cluster_header: header = '' }) => {
    const at = left.indexOf(name)
    if (at >= 0) left.splice(at, 1)
    return { name: name === '' ? header : name, covered: at >= 0 }
  })
}

function share(part: number, whole: number): number {
  return whole === 0 ? 100 : (100 * part) / whole
}

import type { RouteTrial } from '../contracts.ts'
import type { RouteRequest } from '../match/route-request.ts'
import type { CompiledRoute } from '../table/compiled-route.ts'
import type { CompiledRouteTable } from '../table/route-table.ts'

/** How far a route came, to find the nearest miss: better trials compare greater, number by number. */
export interface Distance {
  /** 1 when the path fits. */
  readonly path: number
  /** Minus the number of predicates that failed. */
  readonly failed: number
  /** How many characters of the path fit its literal. */
  readonly common: number
}

/** Tries one route: its predicates in the order of evaluation, up to the first that fails. */
export function tryRoute(table: CompiledRouteTable, route: CompiledRoute, request: RouteRequest): RouteTrial {
  const predicates: { text: string; ok: boolean; position: RouteTrial['position'] }[] = []
  let matched = true
  for (const condition of route.conditions) {
    matched = condition.test(request)
    const text = matched ? condition.describe() : `${condition.describe()}: ${condition.explain(request)}`
    predicates.push({ text, ok: matched, position: table.positionOf(condition.node, condition.field) })
    if (!matched) break
  }
  if (matched) {
    matched = route.path.test(request)
    const { path } = route
    const text = matched ? path.describe() : `${path.describe()}: ${path.explain(request)}`
    predicates.push({ text, ok: matched, position: table.positionOf(route.config.match ?? route.config) })
  }
  if (matched && route.selector!.select(request.headers, request.info, request.random) === undefined) {
    matched = false
    predicates.push({
      text: 'a cluster to choose: all weights are 0',
      ok: false,
      position: table.positionOf(route.config.route ?? route.config),
    })
  }
  return { index: route.index, name: route.name, position: route.position, matched, predicates }
}

/** How far a request is from a route, all predicates looked at. */
export function distance(route: CompiledRoute, request: RouteRequest): Distance {
  const path = route.path.test(request)
  let failed = path ? 0 : -1
  for (const condition of route.conditions) if (!condition.test(request)) failed--
  const literal = route.path.indexKey ?? ''
  let common = 0
  while (common < literal.length && literal[common] === request.matchPath[common]) common++
  return { path: path ? 1 : 0, failed, common }
}

/** Whether a route came further than another. */
export function isNearer(a: Distance, b: Distance): boolean {
  if (a.path !== b.path) return a.path > b.path
  return a.common !== b.common && a.path === 0 ? a.common > b.common : a.failed > b.failed
}

import type { Message, Position, Sources } from '@nuncio/config'
import type { RouteSelector } from '../action/route-entry.ts'
import type { Route, RouteInfo } from '../contracts.ts'
import type { Condition } from '../match/conditions.ts'
import type { PathSpecifier } from '../match/path-specifier.ts'
import type { RouteRequest } from '../match/route-request.ts'

/** One configured route: what it asks, and what it leads to. */
export class CompiledRoute implements RouteInfo {
  readonly index: number
  readonly config: Message<'envoy.config.route.v3.Route'>
  readonly path: PathSpecifier
  /** What it asks besides the path, in Envoy's order. */
  readonly conditions: readonly Condition[]
  readonly #sources: Sources | undefined
  /** Set once, right after making it: entries point back here. */
  selector: RouteSelector | undefined = undefined
  readonly tracing: RouteInfo['tracing']

  constructor(
    index: number,
    config: Message<'envoy.config.route.v3.Route'>,
    path: PathSpecifier,
    conditions: readonly Condition[],
    { sources, tracing }: { readonly sources: Sources | undefined; readonly tracing: RouteInfo['tracing'] },
  ) {
    this.index = index
    this.config = config
    this.path = path
    this.conditions = conditions
    this.#sources = sources
    this.tracing = tracing
  }

  get name(): string {
    return this.config.name ?? ''
  }
  get position(): Position | undefined {
    return this.#sources?.positionOf(this.config)
  }

  /** The outcome for a request; undefined when it does not match. `pathKnown`: the path was found to match already. */
  take(request: RouteRequest, pathKnown: boolean): Route | undefined {
    if (!pathKnown && !this.path.test(request)) return undefined
    const conditions = this.conditions
    for (let i = 0; i < conditions.length; i++) if (!conditions[i]!.test(request)) return undefined
    return this.selector!.select(request.headers, request.info, request.random)
  }
}

/** The outcome of the first of a list of routes that matches. */
export function takeFirst(routes: readonly CompiledRoute[], request: RouteRequest): Route | undefined {
  for (let i = 0; i < routes.length; i++) {
    const taken = routes[i]!.take(request, false)
    if (taken !== undefined) return taken
  }
  return undefined
}

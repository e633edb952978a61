import type { RequestHeaders } from '@nuncio/core'
import type { Route } from '@nuncio/router'
import type { HttpFilter } from '../filter.ts'
import type { FilterStream } from '../filter-stream.ts'
import { PipedBodies } from './piped-bodies.ts'
import type { HttpFilterChain, Plan } from './plan.ts'
import type { TerminalFilter } from './terminal.ts'

/** The filters of one stream: made by the plan of its route, known by their names, and told when it is over. */
export abstract class StreamFilters extends PipedBodies {
  /** All but the terminal one, in the order of the chain. */
  protected filters: HttpFilter[] = []
  protected terminal!: TerminalFilter
  /** Bits of `Hook`: the union of all filters but the terminal one. */
  protected hooks = 0
  #chain: HttpFilterChain
  #plan: Plan | undefined = undefined
  #routeKnown = false
  #route: Route | undefined = undefined
  #clusterName = ''
  abstract requestHeaders: RequestHeaders

  constructor(chain: HttpFilterChain) {
    super()
    this.#chain = chain
  }

  protected abstract selectRoute(): Route | undefined
  /** A route, or none, was chosen, perhaps anew. */
  protected routeChosen(_route: Route | undefined): void {}
  /** A filter, by its name in the chain, threw or rejected: log and count. */
  protected abstract filterError(name: string, error: unknown): void

  route(): Route | undefined {
    if (!this.#routeKnown) {
      const route = (this.#route = this.selectRoute())
      this.#routeKnown = true
      this.#clusterName = route?.kind === 'forward' ? route.clusterName(this.requestHeaders) : ''
      this.routeChosen(route)
    }
    return this.#route
  }
  get clusterName(): string {
    this.route()
    return this.#clusterName
  }
  clearRouteCache(): void {
    this.#routeKnown = false
  }

  /** Other filters are for this stream; they are not made yet. */
  protected useChain(chain: HttpFilterChain): void {
    this.#chain = chain
  }

  /** Makes the filters for the route. */
  protected makeFilters(): void {
    this.#make(this.route())
  }

  /** An answer that comes before the filters passes them all the same; a request without a route gets none for that. */
  protected makeFiltersForAnswer(): void {
    if (this.#plan !== undefined) return
    this.#routeKnown = true
    this.#make(this.#route)
  }

  #make(route: Route | undefined): void {
    const plan = this.#chain.plan(route)
    const filters = plan.create()
    this.#plan = plan
    this.terminal = filters.pop() as TerminalFilter
    this.filters = filters
    this.hooks = plan.hooks
  }

  /** Tells each filter that the stream is over. What one of them throws keeps it from no other. */
  protected tellComplete(stream: FilterStream): void {
    const { filters } = this
    for (let i = 0; i < filters.length; i++) this.#complete(filters[i]!, stream)
    if (this.#plan !== undefined) this.#complete(this.terminal, stream)
  }

  #complete(filter: HttpFilter, stream: FilterStream): void {
    if (filter.onComplete === undefined) return
    try {
      filter.onComplete(stream)
    } catch (error) {
      this.filterError(this.nameOf(filter), error)
    }
  }

  /** The name that a filter has in the chain. */
  protected nameOf(filter: HttpFilter): string {
    const { entries } = this.#plan!
    const at = this.filters.indexOf(filter)
    return entries[at < 0 ? entries.length - 1 : at]!.name
  }
}

import type { HttpFilterChain, HttpFilterDefinition, RouteSite } from '@nuncio/filter-chain'
import type { RouteTable } from '@nuncio/router'

/** HTTP filters with what they hold. Managers that differ in other things share them: limits and counts go on. */
export class LiveFilterChain {
  readonly chain: HttpFilterChain
  /** Filters for upgrades that have their own, by their lower-case types. */
  readonly byUpgrade: ReadonlyMap<string, HttpFilterChain>
  /** What it was made with. */
  readonly definitions: readonly HttpFilterDefinition[]
  readonly #disposers: readonly (() => void)[]
  #users = 1

  constructor(
    chain: HttpFilterChain,
    byUpgrade: ReadonlyMap<string, HttpFilterChain>,
    definitions: readonly HttpFilterDefinition[],
    disposers: readonly (() => void)[],
  ) {
    this.chain = chain
    this.byUpgrade = byUpgrade
    this.definitions = definitions
    this.#disposers = disposers
  }

  /** Compiles what a route table says to the filters. */
  compileRoutes(table: RouteTable, path: string, site: RouteSite): void {
    for (const chain of [this.chain, ...this.byUpgrade.values()]) chain.compileRoutes(table, path, site)
  }

  share(): this {
    this.#users++
    return this
  }

  /** The last user disposes of the filters. */
  release(): void {
    if (--this.#users === 0) for (const dispose of this.#disposers) dispose()
  }
}

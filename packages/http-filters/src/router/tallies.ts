import { RequestTally } from '@nuncio/cluster'
import { type StatsStore, statName } from '@nuncio/core'
import type { ForwardRoute } from '@nuncio/router'

export const NO_TALLIES: readonly RequestTally[] = []

/** Tallies of virtual clusters and of routes with `stat_prefix`, made when they are first needed. */
export class Tallies {
  readonly #store: StatsStore
  readonly #known = new Map<string, readonly RequestTally[]>()
  #forgotten = 0

  constructor(store: StatsStore) {
    this.#store = store
  }

  /** Those that a request on this route and virtual cluster ('' = none) counts in. */
  of(route: ForwardRoute, virtualCluster: string): readonly RequestTally[] {
    const { statPrefix } = route
    if (virtualCluster === '' && statPrefix === '') return NO_TALLIES
    if (this.#forgotten !== this.#store.forgotten) this.#lookUpAnew()
    const host = route.virtualHost.name
    const key = `${host}\n${virtualCluster}\n${statPrefix}`
    let tallies = this.#known.get(key)
    if (tallies === undefined) {
      const names = [virtualCluster === '' ? [] : `vcluster.${virtualCluster}`, statPrefix === '' ? [] : `route.${statPrefix}`] // prettier-ignore
      tallies = names.flat().map((name) => new RequestTally(this.#store.scope(statName(`vhost.${host}.${name}.`))))
      this.#known.set(key, tallies)
    }
    return tallies
  }

  /** Names were forgotten: handles to them count where nobody looks. */
  #lookUpAnew(): void {
    this.#forgotten = this.#store.forgotten
    this.#known.clear()
  }
}

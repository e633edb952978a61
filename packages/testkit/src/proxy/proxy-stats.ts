import type { StatsStore } from '@nuncio/core'

/** The numbers of one proxy, by Envoy's names: `cluster.api.upstream_rq_503`. */
export class ProxyStats {
  readonly #store: StatsStore

  constructor(store: StatsStore) {
    this.#store = store
  }

  /** The counter's value; 0 when nothing has made it yet (counters of status codes come with their first answer). */
  counter(name: string): number {
    return this.#store.counters.get(name)?.value ?? 0
  }

  /** The gauge's value; 0 when nothing has made it yet. */
  gauge(name: string): number {
    return this.#store.gauges.get(name)?.value ?? 0
  }

  /** All counters and gauges whose names begin with `prefix` and are not 0: to find a name, or to compare a whole part. */
  nonZero(prefix = ''): Record<string, number> {
    const all = [...this.#store.counters.values(), ...this.#store.gauges.values()]
    const chosen = all.filter(({ name, value }) => value !== 0 && name.startsWith(prefix))
    return Object.fromEntries(chosen.map(({ name, value }) => [name, value] as const).toSorted(byName))
  }
}

function byName([a]: readonly [string, number], [b]: readonly [string, number]): number {
  return a < b ? -1 : 1
}

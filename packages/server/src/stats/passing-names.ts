import { forgetBelow, type StatsStore } from '@nuncio/core'

/**
 * Forgets the statistics of names that were in use and are no more, once they were read for the last time. Names that come
 * and go with each configuration would else pile up.
 */
export class PassingNames {
  readonly #stats: StatsStore
  #used: ReadonlySet<string> = new Set()
  #gone: readonly string[] = []

  constructor(stats: StatsStore) {
    this.#stats = stats
  }

  /** Call it before statistics are read. `used`: the prefixes of everything that there is now. */
  refresh(used: ReadonlySet<string>): void {
    const gone = this.#gone.filter((prefix) => !used.has(prefix))
    if (gone.length > 0) forgetBelow(this.#stats, gone, used)
    this.#gone = [...this.#used].filter((prefix) => !used.has(prefix))
    this.#used = used
  }
}

/** How long a worker must have lived for its death not to count as one of a row. */
const STABLE_MS = 60_000
const FIRST_MS = 100
const MOST_MS = 30_000

/**
 * How long to wait before a worker that died is replaced: not at all the first time, then twice as long each time, up to
 * 30 s; from the beginning again once one has lived for a minute.
 */
export class BackOff {
  #deaths = 0

  /** A worker died after so many ms; answers how many to wait. */
  afterDeath(livedMs: number): number {
    if (livedMs >= STABLE_MS) this.#deaths = 0
    const delay = this.#deaths === 0 ? 0 : Math.min(MOST_MS, FIRST_MS * 2 ** (this.#deaths - 1))
    this.#deaths++
    return delay
  }
}

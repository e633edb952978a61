/** Sixteen steps to the doubling: a value is known to 6 %. */
const STEPS = 16

/** Counts durations in log-linear steps from a microsecond up; recording allocates nothing. */
export class Histogram {
  readonly #counts = new Uint32Array(STEPS * 40)
  #total = 0

  /** @param micros a duration in microseconds */
  record(micros: number): void {
    const value = micros < 1 ? 1 : micros
    const power = Math.floor(Math.log2(value))
    const step = Math.floor((value / 2 ** power - 1) * STEPS)
    const index = Math.min(power * STEPS + step, this.#counts.length - 1)
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
    this.#total++
  }

  /** The upper edge, in microseconds, of the step that holds the part `share` (0 to 1) of all values; 0 when empty. */
  quantile(share: number): number {
    let left = Math.ceil(share * this.#total)
    for (const [index, count] of this.#counts.entries()) {
      left -= count
      if (count > 0 && left <= 0) return 2 ** Math.floor(index / STEPS) * (1 + ((index % STEPS) + 1) / STEPS)
    }
    return 0
  }
}

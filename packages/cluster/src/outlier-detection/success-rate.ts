/** How many requests of an interval succeeded. Two intervals: one is being counted, the one before is judged. */
export class SuccessRate {
  #total = 0
  #ok = 0
  #lastTotal = 0
  #lastOk = 0

  count(ok: boolean): void {
    this.#total++
    if (ok) this.#ok++
  }

  /** Ends the interval. */
  turn(): void {
    this.#lastTotal = this.#total
    this.#lastOk = this.#ok
    this.#total = this.#ok = 0
  }

  /** Requests of the last whole interval. */
  get volume(): number {
    return this.#lastTotal
  }

  /** Percent of the last whole interval; -1 when there was no request. */
  get percent(): number {
    return this.#lastTotal === 0 ? -1 : (this.#lastOk * 100) / this.#lastTotal
  }
}

/** The mean of success rates, and the rate below which one is an outlier: mean − factor × standard deviation. */
export function successRateThreshold(rates: readonly number[], factor: number): { mean: number; threshold: number } {
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length
  const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length
  return { mean, threshold: mean - factor * Math.sqrt(variance) }
}

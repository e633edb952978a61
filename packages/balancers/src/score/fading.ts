/** Below this share of what was stored, numbers are brought up to now: far from where doubles end. */
const LEAST = 1e-100

/**
 * Fades many numbers by `exp(−age ÷ decay)` at the price of one `exp` for each moment, however many are read: numbers are
 * kept as they would have been at one moment in common. Multiply by `keep(now)` what was stored, divide by it what is to
 * be stored.
 */
export class Fading {
  readonly #decayMs: number
  /** The moment that stored numbers are about. */
  #sinceMs = 0
  #atMs = Number.NaN
  #keep = 1

  constructor(decayMs: number) {
    this.#decayMs = decayMs
  }

  /** Data side: allocates nothing. */
  keep(nowMs: number): number {
    if (nowMs !== this.#atMs) {
      this.#atMs = nowMs
      this.#keep = Math.exp((this.#sinceMs - nowMs) / this.#decayMs)
    }
    return this.#keep
  }

  /** To be called before numbers are stored, with all that were: keeps them within the range of doubles. */
  rebase(nowMs: number, ...stored: readonly Float64Array[]): void {
    const keep = this.keep(nowMs)
    if (keep > LEAST) return
    for (const numbers of stored) for (let i = 0; i < numbers.length; i++) numbers[i]! *= keep
    this.#sinceMs = this.#atMs = nowMs
    this.#keep = 1
  }
}

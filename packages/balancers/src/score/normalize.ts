import type { Normalizer, ScoreTermConfig } from './messages.ts'

/** Brings values of a term to a common scale. `low` and `high` are what the last look at all hosts found. */
export class Scaling {
  readonly kind: Normalizer
  readonly #half: number
  low = 0
  high = 0

  constructor(config: ScoreTermConfig) {
    this.kind = config.normalizer ?? 'NONE'
    const half = config.scale ?? 1
    this.#half = half > 0 ? half : 1
  }

  /** Whether it has to look at all hosts now and then. */
  get needsRange(): boolean {
    return this.kind === 'MAX' || this.kind === 'MIN_MAX'
  }

  /** Data side: brings `cell[0]` to scale. What is no number counts as 0. */
  apply(cell: Float64Array): void {
    const value = cell[0]!
    if (value !== value) cell[0] = 0
    else if (this.kind === 'NONE') return
    else if (this.kind === 'MAX') cell[0] = this.high > 0 ? value / this.high : 0
    else if (this.kind === 'MIN_MAX') cell[0] = this.high > this.low ? (value - this.low) / (this.high - this.low) : 0
    else if (this.kind === 'SATURATE') cell[0] = value === Number.POSITIVE_INFINITY ? 1 : value / (value + this.#half)
    else if (this.kind === 'LOG') cell[0] = value > 0 ? Math.log(1 + value) : 0
  }
}

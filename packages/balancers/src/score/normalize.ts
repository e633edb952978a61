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

  /** Data side: allocates nothing. What is no number counts as 0. */
  apply(value: number): number {
    if (value !== value) return 0
    switch (this.kind) {
      case 'NONE':
        return value
      case 'MAX':
        return this.high > 0 ? value / this.high : 0
      case 'MIN_MAX':
        return this.high > this.low ? (value - this.low) / (this.high - this.low) : 0
      case 'SATURATE':
        return value / (value + this.#half)
      case 'LOG':
        return value > 0 ? Math.log(1 + value) : 0
    }
  }
}

import type { RandomGenerator } from '../random/random.ts'

/** Chance by script: answers the given 32-bit values in order and throws when a draw too many is made. */
export class ScriptedRandom implements RandomGenerator {
  readonly #values: number[]
  /** How many draws were made. */
  draws = 0

  constructor(values: Iterable<number>) {
    this.#values = [...values]
  }

  uint32(): number {
    const value = this.#values[this.draws]
    if (value === undefined) throw new RangeError(`draw ${this.draws + 1} of ${this.#values.length} scripted draws`)
    this.draws++
    return value >>> 0
  }
}

import type { RandomGenerator } from '../random/random.ts'
import type { Counter } from '../stats/stats.ts'

/**
 * A place where work is turned away while a resource runs out. Asked each time, on the hot path: while nothing is shed
 * that costs one comparison, and chance is drawn only while a part is shed.
 */
export class LoadShedPoint {
  /** 0: nothing is shed; 1: everything; between: that share. The overload manager sets it. */
  share = 0
  /** Counts what was shed. */
  count: Counter | undefined = undefined
  readonly #random: RandomGenerator

  constructor(random: RandomGenerator) {
    this.#random = random
  }

  /** Whether to turn this one away. */
  sheds(): boolean {
    if (this.share <= 0 || (this.share < 1 && this.#random.uint32() / 2 ** 32 >= this.share)) return false
    this.count?.inc()
    return true
  }
}

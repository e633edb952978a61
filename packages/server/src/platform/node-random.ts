import { randomFillSync } from 'node:crypto'
import type { RandomGenerator } from '@nuncio/core'

/** System randomness, drawn 4 KiB at a time. */
export class NodeRandom implements RandomGenerator {
  readonly #pool = new Uint32Array(1024)
  #at = 1024

  uint32(): number {
    if (this.#at === this.#pool.length) {
      randomFillSync(this.#pool)
      this.#at = 0
    }
    return this.#pool[this.#at++]!
  }
}

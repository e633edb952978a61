const N = 624
const M = 397

/** The 32-bit Mersenne Twister (Matsumoto and Nishimura 1998). Its sequence is what makes bounded loads repeatable. */
export class Mt19937 {
  readonly #state = new Uint32Array(N)
  #at = N

  /** Begins with the 32-bit number at a place of an array. */
  seed(seeds: Uint32Array, at: number): void {
    const state = this.#state
    state[0] = seeds[at]!
    for (let i = 1; i < N; i++) {
      const before = state[i - 1]! ^ (state[i - 1]! >>> 30)
      state[i] = Math.imul(before, 1_812_433_253) + i
    }
    this.#at = N
  }

  /** 32 uniform bits as a signed integer, which needs no allocation; `>>> 0` makes it unsigned. */
  next(): number {
    if (this.#at === N) this.#twist()
    let y = this.#state[this.#at++]!
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c5680
    y ^= (y << 15) & 0xefc60000
    return y ^ (y >>> 18)
  }

  #twist(): void {
    const state = this.#state
    for (let i = 0; i < N; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % N]! & 0x7fffffff)
      state[i] = state[(i + M) % N]! ^ (y >>> 1) ^ ((y & 1) === 0 ? 0 : 0x9908b0df)
    }
    this.#at = 0
  }
}

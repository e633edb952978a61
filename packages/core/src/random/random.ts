/** The only chance of nuncio: one draw per call, so that a test can script the sequence. */
export interface RandomGenerator {
  /** A uniform integer in [0, 2^32). */
  uint32(): number
}

/** A repeatable generator (xoshiro128**, Blackman and Vigna 2018); equal seeds give equal sequences. Not for secrets. */
export class SeededRandom implements RandomGenerator {
  readonly #s = new Uint32Array(4)

  constructor(seed: number) {
    // SplitMix32 spreads a small seed over the whole state, which must not be all zero.
    let z = seed >>> 0
    for (let i = 0; i < 4; i++) {
      z = (z + 0x9e3779b9) >>> 0
      let t = z ^ (z >>> 16)
      t = Math.imul(t, 0x21f0aaad)
      t ^= t >>> 15
      t = Math.imul(t, 0x735a2d97)
      this.#s[i] = t ^ (t >>> 15)
    }
  }

  uint32(): number {
    const s = this.#s
    const s1 = s[1]!
    const result = Math.imul(rotl(Math.imul(s1, 5), 7), 9) >>> 0
    const t = s1 << 9
    s[2]! ^= s[0]!
    s[3]! ^= s1
    s[1]! ^= s[2]!
    s[0]! ^= s[3]!
    s[2]! ^= t
    s[3] = rotl(s[3]!, 11)
    return result
  }
}

function rotl(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k))
}

/** A uniform number in [0, 1) with 53 bits, from two draws. */
export function uniform(random: RandomGenerator): number {
  return (random.uint32() * 0x200000 + (random.uint32() >>> 11)) / 2 ** 53
}

/** A uniform 64-bit value, from two draws; for weighted choices over Envoy's 64-bit random number. */
export function uint64(random: RandomGenerator): bigint {
  return (BigInt(random.uint32()) << 32n) | BigInt(random.uint32())
}

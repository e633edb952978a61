import type { Host, LoadBalancerContext } from '@nuncio/cluster'
import { type Hash64, xxHash64 } from '@nuncio/core'
import { hashKey } from '../../hashing/weights.ts'
import type { ScoreTerm, ScoreTermDefinition } from '../term.ts'

/**
 * Rendezvous hashing as a term: each host gets a value from 0 to 1 that depends on the request's hash and on the host
 * alone, so the same requests prefer the same hosts, and a host that leaves moves only its own. 0 without a hash.
 */
class Affinity implements ScoreTerm {
  #keys = new Uint32Array(0)
  readonly #hash: Hash64 = { high: 0, low: 0 }

  grow(slots: number): void {
    if (this.#keys.length >= slots * 2) return
    const next = new Uint32Array(Math.max(slots, 16) * 2)
    next.set(this.#keys)
    this.#keys = next
  }

  onHost(host: Host, slot: number): void {
    xxHash64(hashKey(host, false), this.#hash)
    this.#keys[slot * 2] = this.#hash.high
    this.#keys[slot * 2 + 1] = this.#hash.low
  }

  measure(_host: Host, slot: number, context: LoadBalancerContext, out: Float64Array): void {
    out[0] = 0
    if (!context.hasHash) return
    const high = context.hashHigh ^ this.#keys[slot * 2]!
    const low = context.hashLow ^ this.#keys[slot * 2 + 1]!
    out[0] = mix(high, low) / 0x1_0000_0000
  }
}

/** 64 bits to 32, each of which depends on all (the finalizer of MurmurHash3, over both halves). */
function mix(high: number, low: number): number {
  let h = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ low
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

export const affinity: ScoreTermDefinition = {
  name: 'affinity',
  description: '0 to 1 by the hash of the request and the host; the lowest is where a key belongs',
  create: () => new Affinity(),
}

import { type Hash64, xxHash64 } from '@nuncio/core'
import type { HostTable } from '../hashing/host-table.ts'
import { hashKey, type WeightedHosts } from '../hashing/weights.ts'

/** A Maglev table: a prime number of slots, filled so that a change of hosts moves few of them. */
export class MaglevTable implements HostTable {
  readonly entries: WeightedHosts
  /** The number of the host in each slot. */
  readonly slots: Uint32Array
  /** How many slots each host got. */
  readonly counts: Uint32Array
  readonly #rest: number

  constructor(entries: WeightedHosts, slots: Uint32Array, counts: Uint32Array) {
    this.entries = entries
    this.slots = slots
    this.counts = counts
    this.#rest = slots.length === 0 ? 0 : 0x1_0000_0000 % slots.length
  }

  lookUp(hash: Uint32Array, attempt: number): number {
    return this.slots.length === 0 ? -1 : this.slots[this.#slotOf(hash, attempt)]!
  }

  placeOf(hash: Uint32Array): string {
    return `slot ${this.#slotOf(hash, 0)} of ${this.slots.length}`
  }

  /** The 64-bit hash modulo the size; the size is below 2^23, so every product is exact. */
  #slotOf(hash: Uint32Array, attempt: number): number {
    const size = this.slots.length
    // Another attempt flips the high bits, which leads far away in the table.
    const high = attempt === 0 ? hash[0]! : ~hash[0]! >>> 0
    const low = attempt === 0 ? hash[1]! : (hash[1]! ^ -attempt) >>> 0
    return ((high % size) * this.#rest + (low % size)) % size
  }
}

const FREE = 0xffffffff
const SLICE = 2048

/** Fills a table of `size` slots (a prime); hosts take turns in order of their keys, light ones less often. */
export function* buildMaglev(entries: WeightedHosts, size: number, useHostname: boolean): Generator<void, MaglevTable> {
  const { hosts, weights, greatest } = entries
  const count = hosts.length
  const counts = new Uint32Array(count)
  if (count === 0) return new MaglevTable(entries, new Uint32Array(0), counts)
  const keys = hosts.map((host) => hashKey(host, useHostname))
  yield
  const order = Uint32Array.from(keys.keys()).toSorted((a, b) =>
    keys[a]! < keys[b]! ? -1 : keys[a]! > keys[b]! ? 1 : 0,
  )
  yield
  const { next, skips } = yield* permutations(keys, size)
  const targets = new Float64Array(count)
  const slots = new Uint32Array(size).fill(FREE)
  let filled = 0
  for (let turn = 1; filled < size; turn++) {
    for (let k = 0; k < count && filled < size; k++) {
      const host = order[k]!
      if (turn * weights[host]! < targets[host]!) continue
      targets[host]! += greatest
      let slot = next[host]!
      const skip = skips[host]!
      while (slots[slot] !== FREE) slot = slot + skip < size ? slot + skip : slot + skip - size
      slots[slot] = host
      next[host] = slot + skip < size ? slot + skip : slot + skip - size
      counts[host]!++
      if (++filled % SLICE === 0) yield
    }
  }
  return new MaglevTable(entries, slots, counts)
}

/** Where each host's walk through the slots begins, and how far it steps. */
function* permutations(
  keys: readonly string[],
  size: number,
): Generator<void, { next: Uint32Array; skips: Uint32Array }> {
  const next = new Uint32Array(keys.length)
  const skips = new Uint32Array(keys.length)
  const hash: Hash64 = { high: 0, low: 0 }
  for (const [i, key] of keys.entries()) {
    xxHash64(key, hash)
    next[i] = modulo(hash, size)
    xxHash64(key, hash, 0, 1)
    skips[i] = modulo(hash, size - 1) + 1
    if (i % SLICE === SLICE - 1) yield
  }
  return { next, skips }
}

function modulo({ high, low }: Hash64, size: number): number {
  return ((high % size) * (0x1_0000_0000 % size) + (low % size)) % size
}

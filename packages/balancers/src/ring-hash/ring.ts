import { type Hash64, murmur2, xxHash64 } from '@nuncio/core'
import type { HostTable } from '../hashing/host-table.ts'
import { sort64 } from '../hashing/sort64.ts'
import { hashKey, type WeightedHosts } from '../hashing/weights.ts'

export interface RingOptions {
  readonly minimum: number
  readonly maximum: number
  readonly murmur: boolean
  readonly useHostname: boolean
}

/** A ketama ring: hosts own the arcs before their points, as many points as their weight asks for. */
export class Ring implements HostTable {
  readonly entries: WeightedHosts
  /** Points in ascending order, as unsigned halves, with the number of the host that owns each. */
  readonly highs: Uint32Array
  readonly lows: Uint32Array
  readonly owners: Uint32Array
  /** How many points were asked for; the number of points may be one off. */
  readonly size: number
  readonly leastPoints: number
  readonly mostPoints: number

  constructor(entries: WeightedHosts, points: Points, counts: { size: number; least: number; most: number }) {
    this.entries = entries
    this.highs = points.highs
    this.lows = points.lows
    this.owners = points.owners
    this.size = counts.size
    this.leastPoints = counts.least
    this.mostPoints = counts.most
  }

  lookUp(hash: Uint32Array, attempt: number): number {
    const count = this.owners.length
    if (count === 0) return -1
    const at = this.#find(hash) + attempt
    return this.owners[at % count]!
  }

  placeOf(hash: Uint32Array): string {
    const count = this.owners.length
    return `place ${this.#find(hash) % Math.max(1, count)} of ${count} on the ring`
  }

  /** The first point at or after the hash; `count` when it lies behind all, which is the first point again. */
  #find(hash: Uint32Array): number {
    const { highs, lows } = this
    const high = hash[0]!
    const low = hash[1]!
    let from = 0
    let to = highs.length
    while (from < to) {
      const middle = (from + to) >>> 1
      const other = highs[middle]!
      if (other < high || (other === high && lows[middle]! < low)) from = middle + 1
      else to = middle
    }
    return from === highs.length ? 0 : from
  }
}

interface Points {
  readonly highs: Uint32Array
  readonly lows: Uint32Array
  readonly owners: Uint32Array
}

/** How many points are hashed between two pauses; some 0.2 ms. */
const SLICE = 512

/** Builds a ring so that the host of least weight gets a whole number of points, within the limits of size. */
export function* buildRing(entries: WeightedHosts, options: RingOptions): Generator<void, Ring> {
  const { hosts, weights, least } = entries
  const scale = hosts.length === 0 ? 0 : Math.min(Math.ceil(least * options.minimum) / least, options.maximum)
  const size = Math.ceil(scale)
  // Rounding of the running target may ask for one point more.
  const points = {
    highs: new Uint32Array(size + 1),
    lows: new Uint32Array(size + 1),
    owners: new Uint32Array(size + 1),
  }
  let at = 0
  const hash: Hash64 = { high: 0, low: 0 }
  const counts = { size, least: size, most: 0 }
  let target = 0
  for (let index = 0; index < hosts.length; index++) {
    const key = `${hashKey(hosts[index]!, options.useHostname)}_`
    target += scale * weights[index]!
    let own = 0
    for (; at < target && at <= size; own++) {
      if (options.murmur) murmur2(key + own, hash)
      else xxHash64(key + own, hash)
      points.highs[at] = hash.high
      points.lows[at] = hash.low
      points.owners[at] = index
      if (++at % SLICE === 0) yield
    }
    counts.least = Math.min(counts.least, own)
    counts.most = Math.max(counts.most, own)
  }
  const [highs, lows, owners] = [points.highs.slice(0, at), points.lows.slice(0, at), points.owners.slice(0, at)]
  yield* sort64(highs, lows, owners)
  return new Ring(entries, { highs, lows, owners }, counts)
}

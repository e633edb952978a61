import { ipNumber } from '../cidr/address.ts'

interface Length<T> {
  readonly bits: number
  readonly entries: Map<number | bigint, T>
}

/** A set of address ranges, each with a value; a look-up gives the value of the longest prefix that holds the address. */
export class CidrMap<T> {
  /** Longest first. */
  readonly #v4: Length<T>[] = []
  readonly #v6: Length<T>[] = []
  #any: T | undefined

  /** The value of a range, made when the range is new. Undefined when the range is malformed. A length is cut to 32 or 128. */
  obtain(address: string, bits: number, make: () => T): T | undefined {
    const ip = ipNumber(address)
    if (ip === undefined) return undefined
    const wide = typeof ip === 'bigint'
    const length = Math.min(bits, wide ? 128 : 32)
    const lengths = wide ? this.#v6 : this.#v4
    let at = lengths.find((entry) => entry.bits === length)
    if (at === undefined) {
      lengths.push((at = { bits: length, entries: new Map() }))
      lengths.sort((a, b) => b.bits - a.bits)
    }
    const key = mask(ip, length)
    let value = at.entries.get(key)
    if (value === undefined) at.entries.set(key, (value = make()))
    return value
  }

  /** The value for addresses in none of the ranges, made when there is none. */
  obtainAny(make: () => T): T {
    this.#any ??= make()
    return this.#any
  }

  /** Whether it holds nothing but the value for any address. */
  get isTrivial(): boolean {
    return this.#v4.length === 0 && this.#v6.length === 0
  }

  get isEmpty(): boolean {
    return this.isTrivial && this.#any === undefined
  }

  /** An address that is no IP address (a Unix socket) is in no range. */
  find(address: string): T | undefined {
    if (this.isTrivial) return this.#any
    const ip = ipNumber(address)
    if (ip === undefined) return this.#any
    for (const { bits, entries } of typeof ip === 'bigint' ? this.#v6 : this.#v4) {
      const value = entries.get(mask(ip, bits))
      if (value !== undefined) return value
    }
    return this.#any
  }
}

function mask(ip: number | bigint, bits: number): number | bigint {
  if (typeof ip === 'bigint') return bits === 0 ? 0n : ip >> BigInt(128 - bits)
  return bits === 0 ? 0 : ip >>> (32 - bits)
}

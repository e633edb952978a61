import { CidrTable } from './cidr-table.ts'

/** A set of addresses, given as CIDR ranges. */
export class CidrSet {
  readonly #table = new CidrTable<true>()
  readonly #ranges: string[] = []

  /** Adds a range; false when its address or length is not valid. */
  add(address: string, length: number): boolean {
    const added = this.#table.add(address, length, true)
    if (added) this.#ranges.push(`${address}/${length}`)
    return added
  }

  /** Whether the set holds an address (no port, no brackets); anything else is not in it. */
  has(address: string): boolean {
    return this.#table.has(address)
  }
  get size(): number {
    return this.#ranges.length
  }
  /** `10.0.0.0/8, ::1/128` */
  describe(): string {
    return this.#ranges.length > 8
      ? `${this.#ranges.slice(0, 8).join(', ')} and ${this.#ranges.length - 8} more`
      : this.#ranges.join(', ')
  }
}

/** A set from texts such as `10.0.0.0/8` or `::1`. For ranges that the code names itself; throws on a bad one. */
export function cidrSet(...ranges: readonly string[]): CidrSet {
  const set = new CidrSet()
  for (const range of ranges) {
    const [address = '', length] = range.split('/')
    if (!set.add(address, length === undefined ? (address.includes(':') ? 128 : 32) : Number(length)))
      throw new RangeError(range)
  }
  return set
}

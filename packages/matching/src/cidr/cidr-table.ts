import { type IpWords, ipWords, parseIp } from './ip.ts'

// One bit a level: `next` holds two children a node, `values` an index into `#items` plus one. Node 0 is the root.
class Bits {
  next = new Int32Array(64)
  values = new Int32Array(32)
  count = 1

  child(node: number, bit: number): number {
    return this.next[node * 2 + bit]!
  }
  grow(node: number, bit: number): number {
    const found = this.next[node * 2 + bit]!
    if (found !== 0) return found
    if (this.count === this.values.length) {
      this.next = copied(this.next)
      this.values = copied(this.values)
    }
    return (this.next[node * 2 + bit] = this.count++)
  }
}

function copied(from: Int32Array): Int32Array<ArrayBuffer> {
  const to = new Int32Array(from.length * 2)
  to.set(from)
  return to
}

const words = ipWords()

/** Values by CIDR range; the most specific range wins. Look-ups allocate nothing. */
export class CidrTable<T> {
  readonly #v4 = new Bits()
  readonly #v6 = new Bits()
  readonly #items: T[] = []

  /** Adds a range; false when its address or length is not valid. The first value of a range stays. */
  add(address: string, length: number, value: T): boolean {
    if (!parseIp(address, words) || length < 0 || length > (words.version === 4 ? 32 : 128)) return false
    const bits = words.version === 4 ? this.#v4 : this.#v6
    let node = 0
    for (let i = 0; i < length; i++) node = bits.grow(node, bitAt(words, i))
    if (bits.values[node] === 0) bits.values[node] = this.#items.push(value)
    return true
  }

  /** The value of the most specific range that holds an address. */
  get(address: string): T | undefined {
    let found: T | undefined
    this.#walk(address, (value) => {
      found = value
    })
    return found
  }

  /** The values of all ranges that hold an address, the widest first. */
  getAll(address: string): readonly T[] {
    const found: T[] = []
    this.#walk(address, (value) => found.push(value))
    return found
  }

  /** Whether any range holds an address. */
  has(address: string): boolean {
    if (!parseIp(address, words)) return false
    const bits = words.version === 4 ? this.#v4 : this.#v6
    const depth = words.version === 4 ? 32 : 128
    let node = 0
    for (let i = 0; bits.values[node] === 0; i++) {
      if (i === depth) return false
      node = bits.child(node, bitAt(words, i))
      if (node === 0) return false
    }
    return true
  }

  #walk(address: string, visit: (value: T) => void): void {
    if (!parseIp(address, words)) return
    const bits = words.version === 4 ? this.#v4 : this.#v6
    const depth = words.version === 4 ? 32 : 128
    let node = 0
    for (let i = 0; ; i++) {
      const value = bits.values[node]!
      if (value !== 0) visit(this.#items[value - 1]!)
      if (i === depth) return
      node = bits.child(node, bitAt(words, i))
      if (node === 0) return
    }
  }
}

function bitAt(address: IpWords, i: number): number {
  if (address.version === 4) return (address.d >>> (31 - i)) & 1
  const word = i < 32 ? address.a : i < 64 ? address.b : i < 96 ? address.c : address.d
  return (word >>> (31 - (i & 31))) & 1
}

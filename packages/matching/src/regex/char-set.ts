/** A set of bytes: the characters 0 to 255. */
export class CharSet {
  readonly bits = new Uint32Array(8)

  has(c: number): boolean {
    return c < 256 && (this.bits[c >> 5]! & (1 << (c & 31))) !== 0
  }
  add(from: number, to = from): this {
    for (let c = from; c <= to; c++) this.bits[c >> 5]! |= 1 << (c & 31)
    return this
  }
  addAll(other: CharSet): this {
    for (let i = 0; i < 8; i++) this.bits[i]! |= other.bits[i]!
    return this
  }
  invert(): this {
    for (let i = 0; i < 8; i++) this.bits[i] = ~this.bits[i]!
    return this
  }
  /** Adds the other case of each letter. */
  foldCase(): this {
    for (let c = 65; c <= 90; c++) if (this.has(c) || this.has(c + 32)) this.add(c).add(c + 32)
    return this
  }
  intersects(other: CharSet): boolean {
    return this.bits.some((word, i) => (word & other.bits[i]!) !== 0)
  }
  /** The only member's character code; -1 when there is not exactly one. */
  get single(): number {
    let found = -1
    for (let c = 0; c < 256; c++) {
      if (!this.has(c)) continue
      if (found >= 0) return -1
      found = c
    }
    return found
  }

  /** As a class of a JavaScript RegExp. */
  source(): string {
    let out = ''
    for (let c = 0; c < 256; c++) {
      if (!this.has(c)) continue
      const from = c
      while (this.has(c + 1)) c++
      out += from === c ? hex(from) : `${hex(from)}-${hex(c)}`
    }
    return `[${out}]`
  }
}

function hex(c: number): string {
  return `\\x${c.toString(16).padStart(2, '0')}`
}

/** A set from ranges written as pairs: `charSet('azAZ__')`. */
export function charSet(pairs: string): CharSet {
  const set = new CharSet()
  for (let i = 0; i < pairs.length; i += 2) set.add(pairs.charCodeAt(i), pairs.charCodeAt(i + 1))
  return set
}

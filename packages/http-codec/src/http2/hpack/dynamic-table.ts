import type { Field } from './field.ts'

/** What a decoder remembers of former fields (RFC 7541 2.3.2): the newest first, the oldest goes when there is no room. */
export class DynamicTable {
  size = 0
  #maxSize: number
  /** A ring; its length is a power of two. */
  #ring: (Field | undefined)[] = []
  #newest = 0
  #count = 0

  constructor(maxSize: number) {
    this.#maxSize = maxSize
  }

  get count(): number {
    return this.#count
  }
  get maxSize(): number {
    return this.#maxSize
  }
  set maxSize(maxSize: number) {
    this.#maxSize = maxSize
    this.#evict(maxSize)
  }

  /** 0 is the newest; undefined: there is none. */
  at(index: number): Field | undefined {
    return index < this.#count ? this.#ring[(this.#newest - index) & (this.#ring.length - 1)] : undefined
  }

  /** One that is larger than the whole table empties it, and is not kept. */
  add(field: Field): void {
    this.#evict(this.#maxSize - field.size)
    if (field.size > this.#maxSize) return
    if (this.#count === this.#ring.length) this.#grow()
    this.#newest = (this.#newest + 1) & (this.#ring.length - 1)
    this.#ring[this.#newest] = field
    this.#count++
    this.size += field.size
  }

  #evict(room: number): void {
    const mask = this.#ring.length - 1
    while (this.#count > 0 && this.size > room) {
      const oldest = (this.#newest - this.#count + 1) & mask
      this.size -= this.#ring[oldest]!.size
      this.#ring[oldest] = undefined
      this.#count--
    }
  }

  #grow(): void {
    const fields: (Field | undefined)[] = []
    for (let i = this.#count - 1; i >= 0; i--) fields.push(this.at(i))
    const length = Math.max(8, 2 * fields.length)
    this.#newest = (this.#count - 1) & (length - 1)
    while (fields.length < length) fields.push(undefined)
    this.#ring = fields
  }
}

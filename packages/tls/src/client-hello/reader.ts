/** Reads forward through length-prefixed fields; past the end everything is empty and `failed` is true. */
export class Reader {
  readonly #data: Buffer
  #at = 0
  failed = false

  constructor(data: Buffer) {
    this.#data = data
  }
  get done(): boolean {
    return this.#at >= this.#data.length
  }
  number(bytes: 1 | 2): number {
    const from = this.#at
    this.#at += bytes
    if (this.#at > this.#data.length) {
      this.failed = true
      return 0
    }
    return this.#data.readUIntBE(from, bytes)
  }
  take(length: number): Buffer {
    const from = this.#at
    this.#at += length
    if (this.#at > this.#data.length) this.failed = true
    return this.#data.subarray(from, this.#at)
  }
  sub(lengthBytes: 1 | 2): Reader {
    return new Reader(this.take(this.number(lengthBytes)))
  }
}

const FIRST_CAPACITY = 2048

/** Bytes that come in pieces, kept in one piece; each is copied a bounded number of times however small the pieces are. */
export class GrowingBuffer {
  #buffer: Buffer | undefined = undefined
  #start = 0
  #end = 0

  get length(): number {
    return this.#end - this.#start
  }

  /** What is there; valid until the next change. */
  get bytes(): Buffer {
    return this.#buffer?.subarray(this.#start, this.#end) ?? EMPTY
  }

  append(chunk: Buffer): void {
    const needed = this.#end + chunk.length
    if (this.#buffer === undefined || needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(FIRST_CAPACITY, needed, 2 * (this.#buffer?.length ?? 0)))
      this.#buffer?.copy(grown, 0, 0, this.#end)
      this.#buffer = grown
    }
    chunk.copy(this.#buffer, this.#end)
    this.#end = needed
  }

  /** Drops bytes from the front. */
  consume(bytes: number): void {
    this.#start = Math.min(this.#start + bytes, this.#end)
  }
}

const EMPTY = Buffer.alloc(0)

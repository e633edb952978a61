const FIRST_PIECE = 512
const LARGEST_PIECE = 16 * 1024

/**
 * Bytes that wait, copied: first in, first out. Small additions share memory, so that a peer that sends single bytes makes us
 * keep little more than what it sent.
 */
export class ByteQueue {
  /** How many bytes wait. */
  length = 0
  readonly #pieces: Buffer[] = []
  /** Where the unread bytes of the first piece begin, and those of the last end. */
  #start = 0
  #end = 0

  push(bytes: Uint8Array, from: number, to: number): void {
    const last = this.#pieces.at(-1)
    const fits = last === undefined ? 0 : Math.min(last.length - this.#end, to - from)
    if (fits > 0) {
      last!.set(bytes.subarray(from, from + fits), this.#end)
      this.#end += fits
    }
    const rest = to - from - fits
    if (rest > 0) {
      const room = last === undefined ? FIRST_PIECE : Math.min(2 * last.length, LARGEST_PIECE)
      const piece = Buffer.allocUnsafeSlow(Math.max(rest, room))
      piece.set(bytes.subarray(from + fits, to))
      this.#pieces.push(piece)
      this.#end = rest
    }
    this.length += to - from
  }

  /** The first of the bytes, as many as lie together; lent until `advance`. Empty when none wait. */
  peek(): Buffer {
    const first = this.#pieces[0]
    if (first === undefined) return NOTHING
    return first.subarray(this.#start, this.#pieces.length === 1 ? this.#end : first.length)
  }

  /** Takes off bytes that `peek` has shown. */
  advance(bytes: number): void {
    if (bytes === 0) return
    this.length -= bytes
    this.#start += bytes
    const last = this.#pieces.length === 1
    if (this.#start < (last ? this.#end : this.#pieces[0]!.length)) return
    this.#pieces.shift()
    this.#start = 0
    if (last) this.#end = 0
  }
}

const NOTHING = Buffer.alloc(0)

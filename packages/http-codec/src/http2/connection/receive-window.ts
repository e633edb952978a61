/** What a peer may send before it is told that more may come: of a stream or of a connection. */
export class ReceiveWindow {
  readonly size: number
  #left: number
  #consumed = 0

  constructor(size: number) {
    this.size = size
    this.#left = size
  }

  /** Bytes have come; false: more than was allowed. */
  take(bytes: number): boolean {
    this.#left -= bytes
    return this.#left >= 0
  }

  /**
   * Bytes are worked off. Answers the increment to announce, 0 while it is not worth a frame: while the peer may still send more
   * than that. Half of the window would be too much to wait for where a stream that is not read holds the other half.
   */
  consume(bytes: number): number {
    this.#consumed += bytes
    if (this.#consumed < this.#left) return 0
    const increment = this.#consumed
    this.#consumed = 0
    this.#left += increment
    return increment
  }
}

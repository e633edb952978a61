/** What one read takes at most; enough for most answers in one go. */
const SMALL = 64 * 1024
/** For long bodies: measured a third cheaper per byte than 64 KiB. */
const LARGE = 256 * 1024
const KEPT = 8
const pool: Buffer[] = []

/**
 * The memory that a socket reads into, over and over (`onread` of node:net). It is exchanged for other memory when a
 * writer still needs the old, and for a larger piece while a long body comes.
 */
export class ReadBuffer {
  #current: Buffer | undefined = undefined
  #small: Buffer | undefined = undefined
  #asked = true

  /** The generator that `onread.buffer` wants: asked before the first read and behind each. Undefined: keep the old. */
  readonly next = (): Buffer => {
    if (!this.#asked) return undefined as unknown as Buffer
    this.#asked = false
    // A pool of Node's would share memory between buffers, and zeroing is wasted on what is written next.
    this.#current ??= this.#small ??= Buffer.allocUnsafeSlow(SMALL)
    return this.#current
  }

  /**
   * A read of `length` bytes was worked off. `retained`: some of them are still needed where they are; `more`: a body
   * goes on behind them that is long, or of unknown length.
   */
  consumed(length: number, retained: boolean, more: boolean): void {
    const current = this.#current!
    const size = current.length
    const wanted = more ? (length === size ? LARGE : size) : SMALL
    if (!retained && wanted === size) return
    if (retained) this.#small = size === SMALL ? undefined : this.#small
    else if (size === LARGE && pool.length < KEPT) pool.push(current)
    this.#current = wanted === LARGE ? (pool.pop() ?? Buffer.allocUnsafeSlow(LARGE)) : undefined
    this.#asked = true
  }
}

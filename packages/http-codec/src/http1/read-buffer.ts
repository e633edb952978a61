/** What one read takes at most; enough for most answers in one go. */
const SMALL = 64 * 1024
/** For long bodies: measured a third cheaper per byte than 64 KiB. */
const LARGE = 256 * 1024
const KEPT_LARGE = 8
/** Connections that come and go would else leave so much behind that the garbage collector had no rest. */
const KEPT_SMALL = 64
const largePool: Buffer[] = []
const smallPool: Buffer[] = []

/**
 * The memory that a socket reads into, over and over (`onread` of node:net). It is exchanged for other memory when a
 * writer still needs the old, and for a larger piece while a long body comes. Connections hand it on to one another: see
 * `release`.
 */
export class ReadBuffer {
  #current: Buffer | undefined = undefined
  #small: Buffer | undefined = undefined
  #asked = true
  #lent = false

  /** The generator that `onread.buffer` wants: asked before the first read and behind each. Undefined: keep the old. */
  readonly next = (): Buffer => {
    if (!this.#asked) return undefined as unknown as Buffer
    this.#asked = false
    // A pool of Node's would share memory between buffers, and zeroing is wasted on what is written next.
    this.#current ??= this.#small ??= smallPool.pop() ?? Buffer.allocUnsafeSlow(SMALL)
    return this.#current
  }

  /** What was read is in somebody's hands, until the next `consumed`. */
  lend(): void {
    this.#lent = true
  }

  /**
   * A read of `length` bytes was worked off. `retained`: some of them are still needed where they are; `more`: a body
   * goes on behind them that is long, or of unknown length.
   */
  consumed(length: number, retained: boolean, more: boolean): void {
    this.#lent = false
    const current = this.#current!
    const size = current.length
    const wanted = more ? (length === size ? LARGE : size) : SMALL
    if (!retained && wanted === size) return
    if (retained) this.#small = size === SMALL ? undefined : this.#small
    else if (size === LARGE) giveLarge(current)
    this.#current = wanted === LARGE ? (largePool.pop() ?? Buffer.allocUnsafeSlow(LARGE)) : undefined
    this.#asked = true
  }

  /** The socket is closed: other connections may read into this memory, unless somebody still has some of it in hand. */
  release(): void {
    const [current, small] = [this.#current, this.#small]
    this.#current = this.#small = undefined
    if (this.#lent) return
    if (current?.length === LARGE) giveLarge(current)
    if (small !== undefined && smallPool.length < KEPT_SMALL) smallPool.push(small)
  }
}

function giveLarge(buffer: Buffer): void {
  if (largePool.length < KEPT_LARGE) largePool.push(buffer)
}

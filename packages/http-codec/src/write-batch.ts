import type { TimeSource } from '@nuncio/core'

/** Something with bytes that wait to be joined with what follows. */
export interface BatchMember {
  /** The callback from the event loop is over: write what waits. */
  onBatchEnd(): void
}

/**
 * Joins what one callback of the event loop causes. Callbacks for I/O run between `enter` and `leave`; a connection with
 * a head (or several small answers) to write registers itself and is told on the last `leave`, so that head and body go
 * out in one write. Outside of a batch it is told in a microtask. One batch serves all connections of an event loop.
 *
 * It also reads the clock once for each batch, and is told of exceptions that come out of such callbacks: they are bugs, and end
 * the connection that they came from, not the process.
 */
export class WriteBatch {
  /**
   * Set by a writer whose socket still holds memory that was lent to it when `encodeData` returned. Who reads into the
   * same memory again and again (`ClientConnection`) clears it, hands bytes out, and then looks.
   */
  retained = false
  #depth = 0
  #now = 0
  #nowValid = false
  #scheduled = false
  readonly #time: Pick<TimeSource, 'monotonicMs'>
  readonly #members: BatchMember[] = []
  readonly #onMicrotask = (): void => this.#flushLater()

  readonly #onBug: ((error: unknown) => void) | undefined

  /** Without `onBug`, exceptions go on to the event loop. */
  constructor(time: Pick<TimeSource, 'monotonicMs'>, onBug?: (error: unknown) => void) {
    this.#time = time
    this.#onBug = onBug
  }

  /** An exception came out of a callback, whose connection its caller closes. Throws it where nobody is told of bugs. */
  bug(error: unknown): void {
    if (this.#onBug === undefined) throw error
    this.#onBug(error)
  }

  /** Monotonic milliseconds; within a batch always the same, as `TimeSource.monotonicMs` was when first asked. */
  nowMs(): number {
    if (this.#nowValid) return this.#now
    this.#now = this.#time.monotonicMs()
    this.#nowValid = this.#depth > 0
    return this.#now
  }

  enter(): void {
    this.#depth++
  }

  leave(): void {
    try {
      if (this.#depth === 1 && this.#members.length > 0) this.#flush()
    } finally {
      if (--this.#depth === 0) this.#nowValid = false
    }
  }

  /** Registers a member to be told once; it must not register again before it was told. */
  add(member: BatchMember): void {
    this.#members.push(member)
    if (this.#depth === 0) this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(this.#onMicrotask)
  }

  #flush(): void {
    // Members that are told may register others, or themselves; they are told in the same round.
    const members = this.#members
    let told = 0
    try {
      while (told < members.length) members[told++]!.onBatchEnd()
    } catch (error) {
      this.bug(error)
    } finally {
      if (told === members.length) {
        members.length = 0
      } else {
        // One has thrown; the others must not wait for the next callback, which may never come.
        members.splice(0, told)
        this.#schedule()
      }
    }
  }

  #flushLater(): void {
    this.#scheduled = false
    this.enter()
    this.leave()
  }
}

import type { TimeSource } from '@nuncio/core'

/** Milliseconds by which a fresh look at the wall clock may differ before it counts: the clock itself ticks in those. */
const TOLERANCE_MS = 2

/** Turns moments of the monotonic clock into dates, all of them by one offset unless the wall clock was set. */
export class WallClock {
  readonly #time: TimeSource
  #offsetMs: number

  constructor(time: TimeSource) {
    this.#time = time
    this.#offsetMs = time.wallMs() - time.monotonicMs()
  }

  /** Looks at the wall clock again; once for each batch. */
  adjust(): void {
    const offsetMs = this.#time.wallMs() - this.#time.monotonicMs()
    if (Math.abs(offsetMs - this.#offsetMs) > TOLERANCE_MS) this.#offsetMs = offsetMs
  }

  /** Microseconds since 1970-01-01 UTC. */
  micros(monotonicMs: number): number {
    return Math.round((monotonicMs + this.#offsetMs) * 1000)
  }
}

/** What may have been saved up of a bandwidth: as with Envoy, a second of it. */
const SAVED_MS = 1000

/** Bytes at a rate, shared by all streams of a configuration. Times are monotonic milliseconds. */
export class Meter {
  readonly #bytesPerMs: number
  readonly #stepMs: number
  /** Until when the bandwidth is spent. */
  #paidMs: number

  /** `stepMs`: nothing is let out between two steps. */
  constructor(kibPerSecond: number, stepMs: number, nowMs: number) {
    this.#bytesPerMs = (kibPerSecond * 1024) / 1000
    this.#stepMs = stepMs
    this.#paidMs = nowMs - SAVED_MS
  }

  /** Takes bytes, and answers when they may go: now, or at a step to come. */
  take(bytes: number, nowMs: number): number {
    this.#paidMs = Math.max(this.#paidMs, nowMs - SAVED_MS) + bytes / this.#bytesPerMs
    if (this.#paidMs <= nowMs) return nowMs
    return nowMs + Math.ceil((this.#paidMs - nowMs) / this.#stepMs) * this.#stepMs
  }
}

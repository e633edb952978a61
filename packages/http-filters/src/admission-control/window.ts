/** Requests and successes of one second or more. */
interface Sample {
  readonly atMs: number
  requests: number
  successes: number
}

const GRANULARITY_MS = 1000

/** How many requests succeeded within a sliding window, second by second. Times are monotonic milliseconds. */
export class SuccessWindow {
  requests = 0
  successes = 0
  readonly #lengthMs: number
  readonly #samples: Sample[] = []

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs
  }

  record(success: boolean, nowMs: number): void {
    this.advance(nowMs)
    const sample = this.#newest(nowMs)
    sample.requests++
    this.requests++
    if (!success) return
    sample.successes++
    this.successes++
  }

  /** Forgets what has left the window. */
  advance(nowMs: number): void {
    const samples = this.#samples
    while (samples.length > 0 && nowMs - samples[0]!.atMs >= this.#lengthMs) {
      const { requests, successes } = samples.shift()!
      this.requests -= requests
      this.successes -= successes
    }
  }

  /** Requests a second, over the time that the window really covers. */
  averageRps(nowMs: number): number {
    this.advance(nowMs)
    const oldest = this.#samples[0]
    if (oldest === undefined) return 0
    return Math.floor(this.requests / Math.max(1, Math.floor((nowMs - oldest.atMs) / 1000)))
  }

  #newest(nowMs: number): Sample {
    const last = this.#samples.at(-1)
    if (last !== undefined && nowMs - last.atMs < GRANULARITY_MS) return last
    const sample = { atMs: nowMs, requests: 0, successes: 0 }
    this.#samples.push(sample)
    return sample
  }
}

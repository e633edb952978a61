/** What an upstream answered last to a health check in pass-through mode. Times are monotonic milliseconds. */
export class AnswerCache {
  readonly #periodMs: number
  readonly #startMs: number
  #period = -1
  status = 200
  degraded = false

  constructor(periodMs: number, nowMs: number) {
    this.#periodMs = periodMs
    this.#startMs = nowMs
  }

  /** Whether the answer still counts: until the period that it came in is over. */
  isFresh(nowMs: number): boolean {
    return this.#periodAt(nowMs) === this.#period
  }

  keep(status: number, degraded: boolean, nowMs: number): void {
    this.status = status
    this.degraded = degraded
    this.#period = this.#periodAt(nowMs)
  }

  #periodAt(nowMs: number): number {
    return Math.floor((nowMs - this.#startMs) / this.#periodMs)
  }
}

import type { RandomGenerator, TimeSource } from '@nuncio/core'

/** `gradual`: more and more connections are asked to close while the drain time runs. `immediate`: all at once. */
export type DrainStrategy = 'gradual' | 'immediate'

/** Whether, and how far, a listener or a filter chain is draining. */
export class Drain {
  readonly #time: TimeSource
  readonly #random: RandomGenerator
  #startMs = -1
  #durationMs = 0

  constructor(time: TimeSource, random: RandomGenerator) {
    this.#time = time
    this.#random = random
  }

  get active(): boolean {
    return this.#startMs >= 0
  }

  /** Answers whether it was not draining before. A drain that goes on already keeps its beginning. */
  start(durationMs: number, strategy: DrainStrategy): boolean {
    const first = !this.active
    if (first) this.#startMs = this.#time.monotonicMs()
    this.#durationMs = strategy === 'immediate' ? 0 : durationMs
    return first
  }

  /** Ends it, as when a failed health check was put right. */
  stop(): void {
    this.#startMs = -1
  }

  /** A moment at which one connection may end: spread over a gradual drain, with one draw; Infinity when not draining. */
  at(): number {
    if (this.#startMs < 0) return Number.POSITIVE_INFINITY
    if (this.#durationMs === 0) return this.#startMs
    return this.#startMs + (this.#random.uint32() / 2 ** 32) * this.#durationMs
  }

  /** Whether one connection should close now. Draws a random number only while a gradual drain lasts. */
  close(): boolean {
    if (this.#startMs < 0) return false
    const elapsed = this.#time.monotonicMs() - this.#startMs
    return elapsed >= this.#durationMs || elapsed > (this.#random.uint32() / 2 ** 32) * this.#durationMs
  }
}

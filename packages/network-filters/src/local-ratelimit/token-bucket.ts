import type { Message } from '@nuncio/config'
import type { TimeSource } from '@nuncio/core'

/** Tokens that come back steadily: `tokens_per_fill` in each `fill_interval`, never more than `max_tokens`. */
export class TokenBucket {
  readonly #time: TimeSource
  readonly #max: number
  readonly #perMs: number
  #tokens: number
  #atMs: number

  constructor(config: Message<'envoy.type.v3.TokenBucket'>, time: TimeSource) {
    this.#time = time
    this.#max = config.max_tokens ?? 0
    this.#perMs = (config.tokens_per_fill ?? 1) / Math.max(1, config.fill_interval ?? 0)
    this.#tokens = this.#max
    this.#atMs = time.monotonicMs()
  }

  /** Takes a token; false when there is none. */
  take(): boolean {
    const now = this.#time.monotonicMs()
    this.#tokens = Math.min(this.#max, this.#tokens + (now - this.#atMs) * this.#perMs)
    this.#atMs = now
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}

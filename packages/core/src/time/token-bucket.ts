/** How a token bucket fills. */
export interface BucketSize {
  readonly maxTokens: number
  /** Tokens a millisecond. */
  readonly rate: number
}

/** The size of Envoy's `TokenBucket` message: `tokens_per_fill` come back in each `fill_interval` (ms), spread evenly. */
export function bucketSize(config: {
  readonly max_tokens?: number | undefined
  readonly tokens_per_fill?: number | undefined
  readonly fill_interval?: number | undefined
}): BucketSize {
  const rate = (config.tokens_per_fill ?? 1) / Math.max(1, config.fill_interval ?? 0)
  return { maxTokens: config.max_tokens ?? 0, rate }
}

/** Tokens that come back steadily, up to a maximum; begins full. Times are monotonic milliseconds. */
export class TokenBucket {
  readonly size: BucketSize
  #tokens: number
  #atMs: number

  constructor(size: BucketSize, nowMs: number) {
    this.size = size
    this.#tokens = size.maxTokens
    this.#atMs = nowMs
  }

  /** Takes tokens, one unless told otherwise; false, and none are taken, when there are not as many. */
  take(nowMs: number, tokens = 1): boolean {
    this.#fill(nowMs)
    if (this.#tokens < tokens) return false
    this.#tokens -= tokens
    return true
  }

  /** Whole tokens left. */
  remaining(nowMs: number): number {
    this.#fill(nowMs)
    return Math.floor(this.#tokens)
  }

  /** Milliseconds until there is a token. */
  nextTokenMs(nowMs: number): number {
    this.#fill(nowMs)
    return this.#tokens >= 1 ? 0 : (1 - this.#tokens) / this.size.rate
  }

  #fill(nowMs: number): void {
    if (nowMs <= this.#atMs) return
    // A hair of a token is what is lost to rounding: a whole one that is due must be there.
    const tokens = this.#tokens + (nowMs - this.#atMs) * this.size.rate + 1e-9
    this.#tokens = Math.min(this.size.maxTokens, tokens)
    this.#atMs = nowMs
  }
}

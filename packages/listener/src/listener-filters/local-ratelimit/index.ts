import { envoyMessage, type Message } from '@nuncio/config'
import type { TimeSource } from '@nuncio/core'
import type { ListenerFilterDefinition } from '../../contracts.ts'

type Config = Message<'envoy.extensions.filters.listener.local_ratelimit.v3.LocalRateLimit'>

/** Lets only so many new connections in by a token bucket; the others are closed before anything is read from them. */
export const localRatelimit: ListenerFilterDefinition<Config> = {
  name: 'envoy.filters.listener.local_ratelimit',
  config: envoyMessage('envoy.extensions.filters.listener.local_ratelimit.v3.LocalRateLimit', {
    'envoy.extensions.filters.listener.local_ratelimit.v3.LocalRateLimit': '*',
    'envoy.type.v3.TokenBucket': '*',
    'envoy.config.core.v3.RuntimeFeatureFlag': '*',
  }),
  stability: 'stable',
  maxBytes: () => 0,
  create: (config, { stats, time, runtime }) => {
    const limited = stats.counter(`listener_local_ratelimit.${config.stat_prefix}.rate_limited`)
    const bucket = new TokenBucket(config.token_bucket ?? {}, time)
    const enabled = config.runtime_enabled
    const isEnabled = (): boolean =>
      enabled === undefined || runtime.boolean(enabled.runtime_key ?? '', enabled.default_value ?? false)
    return {
      onAccept: (connection) => {
        if (!isEnabled() || bucket.take()) return 'continue'
        limited.inc()
        connection.terminationDetails = 'listener_local_ratelimit'
        return 'close'
      },
    }
  },
}

/** Tokens come in whole fills, as in Envoy: `tokens_per_fill` after each `fill_interval`, up to `max_tokens`. */
class TokenBucket {
  readonly #time: TimeSource
  readonly #max: number
  readonly #perFill: number
  readonly #intervalMs: number
  #tokens: number
  #filledMs: number

  constructor(config: Message<'envoy.type.v3.TokenBucket'>, time: TimeSource) {
    this.#time = time
    this.#max = config.max_tokens ?? 0
    this.#perFill = config.tokens_per_fill ?? 1
    this.#intervalMs = Math.max(1, config.fill_interval ?? 0)
    this.#tokens = this.#max
    this.#filledMs = time.monotonicMs()
  }

  take(): boolean {
    const fills = Math.floor((this.#time.monotonicMs() - this.#filledMs) / this.#intervalMs)
    if (fills > 0) {
      this.#filledMs += fills * this.#intervalMs
      this.#tokens = Math.min(this.#max, this.#tokens + fills * this.#perFill)
    }
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}

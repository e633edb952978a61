import { envoyMessage, type Message } from '@nuncio/config'
import { bucketSize, TokenBucket } from '@nuncio/core'
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
    const bucket = new TokenBucket(bucketSize(config.token_bucket ?? {}), time.monotonicMs())
    const enabled = config.runtime_enabled
    const isEnabled = (): boolean =>
      enabled === undefined || runtime.boolean(enabled.runtime_key ?? '', enabled.default_value ?? false)
    return {
      onAccept: (connection) => {
        if (!isEnabled() || bucket.take(time.monotonicMs())) return 'continue'
        limited.inc()
        connection.terminationDetails = 'listener_local_ratelimit'
        return 'close'
      },
    }
  },
}

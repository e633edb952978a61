import { envoyMessage, type Message } from '@nuncio/config'
import type { NetworkFilter, NetworkFilterContext, NetworkFilterDefinition } from '@nuncio/listener'
import { runtimeFlag } from '@nuncio/matching'
import { bucketFor } from './shared-buckets.ts'
import { localRatelimitHonours } from './honours.ts'

type Config = Message<'envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit'>

function create(config: Config, context: NetworkFilterContext): NetworkFilter {
  const limited = context.stats.counter(`local_rate_limit.${config.stat_prefix ?? ''}.rate_limited`)
  const bucket = bucketFor(config, context)
  const isEnabled = runtimeFlag(config.runtime_enabled, context.runtime)
  return {
    onNewConnection: () => {
      if (!isEnabled() || bucket.take(context.time.monotonicMs())) return 'continue'
      limited.inc()
      return 'close'
    },
  }
}

/** `envoy.filters.network.local_ratelimit`: lets only so many new connections in by a token bucket. */
export const localRatelimit: NetworkFilterDefinition<Config> = {
  name: 'envoy.filters.network.local_ratelimit',
  config: envoyMessage('envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit', localRatelimitHonours),
  stability: 'stable',
  terminal: false,
  create,
}

import type { Honours } from '@nuncio/config'

export const localRatelimitHonours: Honours = {
  'envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit': [
    'stat_prefix',
    'token_bucket',
    'runtime_enabled',
    'share_key',
  ],
  'envoy.type.v3.TokenBucket': '*',
  'envoy.config.core.v3.RuntimeFeatureFlag': '*',
}

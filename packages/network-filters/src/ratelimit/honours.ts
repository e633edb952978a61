import type { Honours } from '@nuncio/config'
import { limitServiceHonours } from '@nuncio/guards'

export const networkRateLimitHonours: Honours = {
  ...limitServiceHonours,
  'envoy.extensions.filters.network.ratelimit.v3.RateLimit': '*',
  'envoy.extensions.common.ratelimit.v3.RateLimitDescriptor': '*',
  'envoy.extensions.common.ratelimit.v3.RateLimitDescriptor.Entry': '*',
  'envoy.extensions.common.ratelimit.v3.RateLimitDescriptor.RateLimitOverride': '*',
}

import type { Honours } from '@nuncio/config'
import { rateLimitHonours } from '@nuncio/router'

export const localRateLimitHonours: Honours = {
  ...rateLimitHonours,
  'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit': '*',
  'envoy.extensions.common.ratelimit.v3.LocalRateLimitDescriptor': '*',
  'envoy.extensions.common.ratelimit.v3.LocalClusterRateLimit': '*',
  'envoy.extensions.common.ratelimit.v3.RateLimitDescriptor.Entry': '*',
  'envoy.type.v3.TokenBucket': '*',
  'envoy.type.v3.HttpStatus': '*',
  'envoy.config.core.v3.RuntimeFractionalPercent': '*',
  'envoy.type.v3.FractionalPercent': '*',
  'envoy.config.core.v3.HeaderValueOption': '*',
  'envoy.config.core.v3.HeaderValue': ['key', 'value'],
}

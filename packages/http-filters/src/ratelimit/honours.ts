import type { Honours } from '@nuncio/config'
import { limitServiceHonours } from '@nuncio/guards'

export const rateLimitHonours: Honours = {
  ...limitServiceHonours,
  'envoy.extensions.filters.http.ratelimit.v3.RateLimit': '*',
  'envoy.extensions.filters.http.ratelimit.v3.RateLimitPerRoute': '*',
  'envoy.type.v3.HttpStatus': '*',
  'envoy.config.core.v3.RuntimeFractionalPercent': '*',
  'envoy.config.core.v3.HeaderValueOption': '*',
}

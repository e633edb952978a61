import type { Honours } from '@nuncio/config'
import { rateLimitHonours } from '@nuncio/router'

export const localRateLimitHonours: Honours = {
  ...rateLimitHonours,
  'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit': [
    'stat_prefix',
    'status',
    'token_bucket',
    'filter_enabled',
    'filter_enforced',
    'request_headers_to_add_when_not_enforced',
    'response_headers_to_add',
    'descriptors',
    'stage',
    'local_rate_limit_per_downstream_connection',
    'enable_x_ratelimit_headers',
    'vh_rate_limits',
    'always_consume_default_token_bucket',
    'rate_limited_as_resource_exhausted',
    'rate_limits',
    'max_dynamic_descriptors',
    'enable_retry_after_header',
  ],
  'envoy.extensions.common.ratelimit.v3.LocalRateLimitDescriptor': '*',
  'envoy.extensions.common.ratelimit.v3.RateLimitDescriptor.Entry': '*',
  'envoy.type.v3.TokenBucket': '*',
  'envoy.type.v3.HttpStatus': '*',
  'envoy.config.core.v3.RuntimeFractionalPercent': '*',
  'envoy.type.v3.FractionalPercent': '*',
  'envoy.config.core.v3.HeaderValueOption': '*',
  'envoy.config.core.v3.HeaderValue': ['key', 'value'],
}

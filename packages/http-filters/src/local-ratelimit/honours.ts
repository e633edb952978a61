import type { Honours } from '@nuncio/config'

export const localRateLimitHonours: Honours = {
  'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit': [
    'stat_prefix',
    'status',
    'token_bucket',
    'filter_enabled',
    'filter_enforced',
    'request_headers_to_add_when_not_enforced',
    'response_headers_to_add',
    'local_rate_limit_per_downstream_connection',
    'enable_x_ratelimit_headers',
    'rate_limited_as_resource_exhausted',
    'enable_retry_after_header',
  ],
  'envoy.type.v3.TokenBucket': '*',
  'envoy.type.v3.HttpStatus': '*',
  'envoy.config.core.v3.RuntimeFractionalPercent': '*',
  'envoy.type.v3.FractionalPercent': '*',
  'envoy.config.core.v3.HeaderValueOption': '*',
  'envoy.config.core.v3.HeaderValue': ['key', 'value'],
}

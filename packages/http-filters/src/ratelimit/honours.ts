import type { Honours } from '@nuncio/config'
import { limitServiceHonours } from '@nuncio/guards'

export const rateLimitHonours: Honours = {
  ...limitServiceHonours,
  'envoy.extensions.filters.http.ratelimit.v3.RateLimit': [
    'domain',
    'stage',
    'request_type',
    'timeout',
    'failure_mode_deny',
    'rate_limited_as_resource_exhausted',
    'rate_limit_service',
    'enable_x_ratelimit_headers',
    'disable_x_envoy_ratelimited_header',
    'rate_limited_status',
    'response_headers_to_add',
    'status_on_error',
    'stat_prefix',
    'filter_enabled',
    'filter_enforced',
    'failure_mode_deny_percent',
    'rate_limits',
    'metadata_namespace',
  ],
  'envoy.extensions.filters.http.ratelimit.v3.RateLimitPerRoute': '*',
  'envoy.type.v3.HttpStatus': '*',
  'envoy.config.core.v3.RuntimeFractionalPercent': '*',
  'envoy.config.core.v3.HeaderValueOption': '*',
}

import type { Honours } from '@nuncio/config'

export const routerHonours: Honours = {
  'envoy.extensions.filters.http.router.v3.Router': {
    honoured: [
      'dynamic_stats',
      'start_child_span',
      'suppress_envoy_headers',
      'strict_check_headers',
      'respect_expected_rq_timeout',
      'upstream_log',
      'upstream_log_options',
      'upstream_http_filters',
    ],
    unsupported: {
      suppress_grpc_request_failure_code_stats: 'failures of gRPC are always counted',
      reject_connect_request_early_data:
        'what a client sends early waits: no host gets any of it before it has answered',
    },
  },
  'envoy.extensions.filters.http.router.v3.Router.UpstreamAccessLogOptions': '*',
  'envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate': '*',
  'envoy.extensions.retry.host.omit_canary_hosts.v3.OmitCanaryHostsPredicate': '*',
  'envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig': '*',
  'envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig': '*',
  'envoy.extensions.internal_redirect.previous_routes.v3.PreviousRoutesConfig': '*',
  'envoy.extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig': '*',
  'envoy.extensions.internal_redirect.safe_cross_scheme.v3.SafeCrossSchemeConfig': '*',
}

import { type Honours, READ_ONCE } from '@nuncio/config'
import { rateLimitHonours } from './rate-limit/honours.ts'

const ROUTE = 'envoy.config.route.v3'
const NOT_IN_ENVOY = 'Envoy does nothing with it either'
const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3'

/**
 * What the route table honours of RouteConfiguration and everything below it. Matchers are listed by the package that
 * has them, and `tracing` and `decorator` by @nuncio/tracing.
 */
export const routerHonours: Honours = {
  ...rateLimitHonours,
  [`${ROUTE}.RouteConfiguration`]: { honoured: [
    'name', 'virtual_hosts', 'internal_only_headers', 'response_headers_to_add', 'response_headers_to_remove',
    'request_headers_to_add', 'request_headers_to_remove', 'most_specific_header_mutations_wins', 'validate_clusters',
    'max_direct_response_body_size_bytes', 'request_mirror_policies', 'ignore_port_in_host_matching',
    'ignore_path_parameters_in_path_matching', 'typed_per_filter_config', 'metadata', 'vhost_header',
    'cluster_specifier_plugins',
  ], unsupported: { vhds: 'virtual hosts are not fetched one by one: list them, or use rds', route_specifiers: 'there is no extension that specifies routes' } }, // prettier-ignore
  [`${ROUTE}.VirtualHost`]: { honoured: [
    'name', 'domains', 'routes', 'matcher', 'require_tls', 'virtual_clusters', 'request_headers_to_add',
    'request_headers_to_remove', 'response_headers_to_add', 'response_headers_to_remove', 'typed_per_filter_config',
    'include_request_attempt_count', 'include_attempt_count_in_response', 'retry_policy', 'hedge_policy',
    'include_is_timeout_retry_header', 'per_request_buffer_limit_bytes', 'request_body_buffer_limit', 'request_mirror_policies', 'metadata', 'rate_limits',
    'cors',
  ], noEffect: { retry_policy_typed_config: NOT_IN_ENVOY }, unsupported: { route_specifiers: 'there is no extension that specifies routes' } }, // prettier-ignore
  [`${ROUTE}.Route`]: { honoured: [
    'name', 'match', 'route', 'redirect', 'direct_response', 'filter_action', 'non_forwarding_action', 'metadata',
    'typed_per_filter_config', 'request_headers_to_add', 'request_headers_to_remove', 'response_headers_to_add',
    'response_headers_to_remove', 'per_request_buffer_limit_bytes', 'request_body_buffer_limit', 'stat_prefix', 'tracing', 'decorator',
  ], unsupported: { route_specifiers: 'there is no extension that specifies routes' } }, // prettier-ignore
  [`${ROUTE}.RouteList`]: '*',
  [`${ROUTE}.RouteMatch`]: '*',
  [`${ROUTE}.RouteMatch.ConnectMatcher`]: '*',
  [`${ROUTE}.RouteMatch.GrpcRouteMatchOptions`]: '*',
  [`${ROUTE}.RouteMatch.TlsContextMatchOptions`]: '*',
  [`${ROUTE}.RouteAction`]: { honoured: [
    'cluster', 'cluster_header', 'weighted_clusters', 'cluster_not_found_response_code', 'metadata_match',
    'prefix_rewrite', 'regex_rewrite', 'path_rewrite_policy', 'host_rewrite_literal', 'auto_host_rewrite',
    'host_rewrite_header', 'host_rewrite_path_regex', 'append_x_forwarded_host', 'timeout', 'idle_timeout',
    'retry_policy', 'request_mirror_policies', 'priority', 'hash_policy', 'max_grpc_timeout', 'grpc_timeout_offset',
    'upgrade_configs', 'internal_redirect_policy', 'internal_redirect_action', 'max_internal_redirects', 'hedge_policy',
    'max_stream_duration', 'host_rewrite', 'path_rewrite', 'flush_timeout', 'cluster_specifier_plugin',
    'inline_cluster_specifier_plugin', 'rate_limits', 'include_vh_rate_limits', 'cors',
  ], noEffect: { early_data_policy: 'no upstream takes early data: that is for HTTP/3', retry_policy_typed_config: NOT_IN_ENVOY } }, // prettier-ignore
  [`${ROUTE}.CorsPolicy`]: '*',
  [`${ROUTE}.ClusterSpecifierPlugin`]: '*',
  'envoy.extensions.router.cluster_specifiers.matcher.v3.MatcherClusterSpecifier': '*',
  'envoy.extensions.router.cluster_specifiers.matcher.v3.ClusterAction': '*',
  [`${ROUTE}.WeightedCluster`]: '*',
  [`${ROUTE}.WeightedCluster.ClusterWeight`]: '*',
  [`${ROUTE}.RetryPolicy`]: { honoured: [
    'retry_on', 'num_retries', 'per_try_timeout', 'per_try_idle_timeout', 'retry_priority', 'retry_host_predicate',
    'host_selection_retry_max_attempts', 'retriable_status_codes', 'retry_back_off', 'rate_limited_retry_back_off',
    'retriable_headers', 'retriable_request_headers',
  ], unsupported: { retry_options_predicates: 'a further try is sent as the first was', refresh_cluster_on_retry: 'further tries go to the cluster that was chosen' } }, // prettier-ignore
  [`${ROUTE}.RetryPolicy.RetryPriority`]: '*',
  [`${ROUTE}.RetryPolicy.RetryHostPredicate`]: '*',
  [`${ROUTE}.RetryPolicy.RetryBackOff`]: '*',
  [`${ROUTE}.RetryPolicy.RateLimitedRetryBackOff`]: '*',
  [`${ROUTE}.RetryPolicy.ResetHeader`]: '*',
  [`${ROUTE}.HedgePolicy`]: {
    honoured: ['hedge_on_per_try_timeout'],
    noEffect: { initial_requests: NOT_IN_ENVOY, additional_request_chance: NOT_IN_ENVOY },
  },
  [`${ROUTE}.RouteAction.RequestMirrorPolicy`]: [
    'cluster',
    'cluster_header',
    'runtime_fraction',
    'disable_shadow_host_suffix_append',
    'request_headers_mutations',
    'host_rewrite_literal',
    'trace_sampled',
  ],
  [`${ROUTE}.RouteAction.HashPolicy`]: '*',
  [`${ROUTE}.RouteAction.HashPolicy.Header`]: '*',
  [`${ROUTE}.RouteAction.HashPolicy.Cookie`]: '*',
  [`${ROUTE}.RouteAction.HashPolicy.CookieAttribute`]: '*',
  [`${ROUTE}.RouteAction.HashPolicy.ConnectionProperties`]: '*',
  [`${ROUTE}.RouteAction.HashPolicy.QueryParameter`]: '*',
  [`${ROUTE}.RouteAction.HashPolicy.FilterState`]: '*',
  [`${ROUTE}.RouteAction.UpgradeConfig`]: ['upgrade_type', 'enabled', 'connect_config'],
  [`${ROUTE}.RouteAction.UpgradeConfig.ConnectConfig`]: {
    honoured: ['allow_post'],
    unsupported: { proxy_protocol_config: 'give the cluster a transport socket of proxy_protocol' },
  },
  [`${ROUTE}.InternalRedirectPolicy`]: '*',
  [`${ROUTE}.RouteAction.MaxStreamDuration`]: '*',
  [`${ROUTE}.RedirectAction`]: '*',
  [`${ROUTE}.DirectResponseAction`]: '*',
  'envoy.config.common.mutation_rules.v3.HeaderMutation': '*',
  'envoy.config.common.mutation_rules.v3.HeaderMutation.RemoveOnMatch': '*',
  [`${ROUTE}.NonForwardingAction`]: '*',
  [`${ROUTE}.FilterAction`]: '*',
  [`${ROUTE}.VirtualCluster`]: '*',
  [`${ROUTE}.FilterConfig`]: '*',
  'envoy.config.core.v3.HeaderValueOption': '*',
  'envoy.config.core.v3.HeaderValue': ['key', 'value'],
  'envoy.config.core.v3.Metadata': ['filter_metadata'],
  [`${ROUTE}.DirectResponseAction#body`]: READ_ONCE,
  'envoy.extensions.internal_redirect.previous_routes.v3.PreviousRoutesConfig': '*',
  'envoy.extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig': '*',
  'envoy.extensions.internal_redirect.safe_cross_scheme.v3.SafeCrossSchemeConfig': '*',

  [`${HCM}.ScopedRoutes`]: [
    'name',
    'scope_key_builder',
    'scoped_route_configurations_list',
    'rds_config_source',
    'scoped_rds',
  ],
  [`${HCM}.ScopedRoutes.ScopeKeyBuilder`]: '*',
  [`${HCM}.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder`]: '*',
  [`${HCM}.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder.HeaderValueExtractor`]: '*',
  [`${HCM}.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder.HeaderValueExtractor.KvElement`]: '*',
  [`${HCM}.ScopedRouteConfigurationsList`]: '*',
  [`${HCM}.ScopedRds`]: {
    honoured: ['scoped_rds_config_source'],
    unsupported: { srds_resources_locator: 'resources have no xdstp names' },
  },
  [`${ROUTE}.ScopedRouteConfiguration`]: {
    honoured: ['name', 'route_configuration_name', 'route_configuration', 'key'],
    unsupported: { on_demand: 'scopes are loaded when they come, not when a request asks for one' },
  },
  [`${ROUTE}.ScopedRouteConfiguration.Key`]: '*',
  [`${ROUTE}.ScopedRouteConfiguration.Key.Fragment`]: '*',
}

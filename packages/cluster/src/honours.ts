import type { Honours } from '@nuncio/config'

const NOT_IN_ENVOY = 'Envoy does nothing with it either'

/**
 * What this package honours of a cluster's configuration: who its members are, their health, outliers and limits. What
 * speaks to hosts (pools, probes, DNS) is honoured where it happens.
 */
export const CLUSTER_HONOURS = {
  'envoy.config.cluster.v3.Cluster': {
    honoured: [
      'name',
      'alt_stat_name',
      'load_assignment',
      'health_checks',
      'circuit_breakers',
      'outlier_detection',
      'common_lb_config',
      'metadata',
      'ignore_health_on_host_removal',
      'track_timeout_budgets',
      'track_cluster_stats',
    ],
    unsupported: {
      filters:
        'connections to hosts have no filters: put them before the router, or into http_filters of the HTTP options',
      lrs_server: 'load is not reported',
      lrs_report_endpoint_metrics: 'load is not reported',
      transport_socket_matcher: 'use transport_socket_matches',
      per_connection_buffer_high_watermark_timeout: 'idle timeouts end connections that nobody reads from',
      stats_matcher: 'use stats_config.stats_matcher of the bootstrap',
      queuing_policies: 'requests that wait for a connection are served in their order',
    },
  },
  'envoy.config.cluster.v3.Cluster.CommonLbConfig': [
    'ignore_new_hosts_until_first_hc',
    'override_host_status',
    'update_merge_window',
  ],
  'envoy.config.cluster.v3.TrackClusterStats': ['timeout_budgets', 'request_response_sizes'],
  'envoy.config.core.v3.HealthStatusSet': '*',
  'envoy.config.cluster.v3.CircuitBreakers': ['thresholds', 'per_host_thresholds'],
  'envoy.config.cluster.v3.CircuitBreakers.Thresholds': '*',
  'envoy.config.cluster.v3.CircuitBreakers.Thresholds.RetryBudget': '*',
  'envoy.config.cluster.v3.OutlierDetection': '*',
  'envoy.extensions.outlier_detection_monitors.consecutive_errors.v3.ConsecutiveErrors': '*',
  'envoy.extensions.outlier_detection_monitors.common.v3.ErrorBuckets': {
    honoured: ['http_errors', 'local_origin_errors'],
    unsupported: { database_errors: 'no filter here speaks to a database' },
  },
  'envoy.extensions.outlier_detection_monitors.common.v3.HttpErrors': '*',
  'envoy.extensions.outlier_detection_monitors.common.v3.LocalOriginErrors': '*',
  'envoy.type.v3.Int32Range': '*',
  'envoy.config.endpoint.v3.ClusterLoadAssignment': {
    honoured: ['cluster_name', 'endpoints', 'policy'],
    noEffect: { named_endpoints: NOT_IN_ENVOY },
  },
  'envoy.config.endpoint.v3.ClusterLoadAssignment.Policy': [
    'overprovisioning_factor',
    'weighted_priority_health',
    'drop_overloads',
  ],
  'envoy.config.endpoint.v3.ClusterLoadAssignment.Policy.DropOverload': '*',
  'envoy.config.endpoint.v3.LocalityLbEndpoints': {
    honoured: ['locality', 'lb_endpoints', 'load_balancer_endpoints', 'load_balancing_weight', 'metadata', 'priority'],
    noEffect: { proximity: NOT_IN_ENVOY },
    unsupported: { leds_cluster_locality_config: 'endpoints are not fetched one by one: list lb_endpoints' },
  },
  'envoy.config.endpoint.v3.LocalityLbEndpoints.LbEndpointList': '*',
  'envoy.config.endpoint.v3.LbEndpoint': {
    honoured: ['endpoint', 'health_status', 'metadata', 'load_balancing_weight'],
    unsupported: { endpoint_name: 'Envoy refuses it as well: write the endpoint where it is used' },
  },
  'envoy.config.endpoint.v3.Endpoint': {
    honoured: ['address', 'health_check_config', 'hostname', 'additional_addresses'],
    unsupported: { observability_name: 'hosts are told by their addresses' },
  },
  'envoy.config.endpoint.v3.Endpoint.HealthCheckConfig': '*',
  'envoy.config.endpoint.v3.Endpoint.AdditionalAddress': '*',
  'envoy.config.core.v3.Address': ['socket_address', 'pipe', 'envoy_internal_address'],
  'envoy.config.core.v3.EnvoyInternalAddress': '*',
  'envoy.config.core.v3.SocketAddress': {
    honoured: ['address', 'port_value', 'protocol'],
    unsupported: {
      named_port: 'Envoy refuses it as well: its resolver takes port_value only',
      resolver_name: 'names are resolved by clusters of the type STRICT_DNS or LOGICAL_DNS',
      network_namespace_filepath: 'Node.js cannot change the network namespace of a socket',
    },
  },
  'envoy.config.core.v3.Pipe': ['path'],
  'envoy.config.core.v3.Locality': '*',
  'envoy.config.core.v3.Metadata': ['filter_metadata', 'typed_filter_metadata'],
  'envoy.config.core.v3.TypedExtensionConfig': '*',
  'envoy.type.v3.Percent': '*',
  'envoy.config.core.v3.HealthCheck': [
    'timeout',
    'interval',
    'initial_jitter',
    'interval_jitter',
    'interval_jitter_percent',
    'unhealthy_threshold',
    'healthy_threshold',
    'no_traffic_interval',
    'no_traffic_healthy_interval',
    'unhealthy_interval',
    'unhealthy_edge_interval',
    'healthy_edge_interval',
    'always_log_health_check_failures',
    'always_log_health_check_success',
  ],
  'envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate': '*',
  'envoy.extensions.retry.host.omit_canary_hosts.v3.OmitCanaryHostsPredicate': '*',
  'envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig': '*',
  'envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig': '*',
} as const satisfies Honours

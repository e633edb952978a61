import { formatHonours } from '@nuncio/access-log'
import type { Honours } from '@nuncio/config'

const TCP_PROXY = 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'

export const tcpProxyHonours: Honours = {
  ...formatHonours,
  [TCP_PROXY]: { honoured: [
    'stat_prefix', 'cluster', 'weighted_clusters', 'metadata_match', 'idle_timeout', 'access_log', 'max_connect_attempts',
    'hash_policy', 'max_downstream_connection_duration', 'access_log_flush_interval', 'flush_access_log_on_connected',
    'access_log_options', 'backoff_options', 'max_downstream_connection_duration_jitter_percentage', 'upstream_connect_mode',
    'max_early_data_bytes', 'check_drain_close', 'tunneling_config', 'proxy_protocol_tlvs',
  ], noEffect: {
    downstream_idle_timeout: 'Envoy does nothing with it either: idle_timeout says it',
    upstream_idle_timeout: 'Envoy does nothing with it either: idle_timeout says it',
  }, unsupported: { on_demand: 'clusters are not asked for when they are needed' } },
  [`${TCP_PROXY}.WeightedCluster`]: '*',
  [`${TCP_PROXY}.WeightedCluster.ClusterWeight`]: '*',
  [`${TCP_PROXY}.TcpAccessLogOptions`]: '*',
  [`${TCP_PROXY}.TunnelingConfig`]: [
    'hostname', 'use_post', 'headers_to_add', 'propagate_response_headers', 'post_path', 'propagate_response_trailers',
    'request_id_extension', 'request_id_header', 'request_id_metadata_key', 'formatters',
  ],
  'envoy.extensions.filters.network.http_connection_manager.v3.RequestIDExtension': '*',
  'envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig': [],
  'envoy.config.core.v3.TlvEntry': '*',
  'envoy.config.core.v3.BackoffStrategy': '*',
  'envoy.config.core.v3.HeaderValueOption': '*',
  'envoy.config.core.v3.HeaderValue': ['key', 'value'],
  'envoy.type.v3.Percent': '*',
  'envoy.config.core.v3.Metadata': ['filter_metadata'],
  'envoy.type.v3.HashPolicy': '*',
  'envoy.type.v3.HashPolicy.FilterState': '*',
  'envoy.type.v3.HashPolicy.SourceIp': '*',
} // prettier-ignore

import type { Honours } from '@nuncio/config'

const TCP_PROXY = 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'

export const tcpProxyHonours: Honours = {
  [TCP_PROXY]: [
    'stat_prefix', 'cluster', 'weighted_clusters', 'metadata_match', 'idle_timeout', 'access_log', 'max_connect_attempts',
    'hash_policy', 'max_downstream_connection_duration', 'access_log_flush_interval', 'flush_access_log_on_connected',
    'access_log_options',
  ],
  [`${TCP_PROXY}.WeightedCluster`]: '*',
  [`${TCP_PROXY}.WeightedCluster.ClusterWeight`]: '*',
  [`${TCP_PROXY}.TcpAccessLogOptions`]: '*',
  'envoy.config.core.v3.Metadata': ['filter_metadata'],
  'envoy.type.v3.HashPolicy': ['source_ip'],
  'envoy.type.v3.HashPolicy.SourceIp': '*',
} // prettier-ignore

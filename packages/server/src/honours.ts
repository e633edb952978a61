import { accessLogHonours, formatHonours } from '@nuncio/access-log'
import { builtinLoadBalancers } from '@nuncio/balancers'
import { CLUSTER_HONOURS } from '@nuncio/cluster'
import { builtinListenerFilters, builtinTransportSockets } from '@nuncio/listener'
import { builtinAccessLoggers } from '@nuncio/telemetry'
import { UPSTREAM_HONOURS } from '@nuncio/upstream'
import { adminHonours, statsConfigHonours } from '@nuncio/admin'
import { type Honours, mergeHonours } from '@nuncio/config'
import { httpFilters } from '@nuncio/http-filters'
import { matchingHonours } from '@nuncio/matching'
import { networkFilters } from '@nuncio/network-filters'
import { routerHonours } from '@nuncio/router'

const LISTENER = 'envoy.config.listener.v3'
const RUNTIME = 'envoy.config.bootstrap.v3.RuntimeLayer'

/** What the composition root itself honours. */
const serverHonours: Honours = {
  'envoy.config.bootstrap.v3.Bootstrap': ['node', 'static_resources', 'admin', 'layered_runtime', 'stats_config', 'cluster_manager'],
  'envoy.config.bootstrap.v3.Bootstrap.StaticResources': '*',
  'envoy.config.core.v3.Node': ['id', 'cluster', 'locality', 'metadata', 'user_agent_name'],
  'envoy.config.core.v3.Locality': '*',
  'envoy.config.bootstrap.v3.LayeredRuntime': '*',
  [`${LISTENER}.Listener`]: [
    'name', 'stat_prefix', 'address', 'additional_addresses', 'filter_chains', 'default_filter_chain', 'per_connection_buffer_limit_bytes',
    'bind_to_port', 'enable_reuse_port', 'reuse_port', 'tcp_backlog_size', 'use_original_dst', 'drain_type', 'ignore_global_conn_limit',
    'listener_filters', 'listener_filters_timeout', 'continue_on_listener_filters_timeout', 'traffic_direction', 'metadata',
  ],
  [`${LISTENER}.FilterChain`]: ['name', 'filter_chain_match', 'filters', 'transport_socket', 'metadata', 'transport_socket_connect_timeout'],
  [`${LISTENER}.Filter`]: ['name', 'typed_config'],
  'envoy.config.core.v3.Address': ['socket_address', 'pipe'],
  'envoy.config.core.v3.SocketAddress': ['protocol', 'address', 'port_value', 'ipv4_compat'],
  'envoy.config.core.v3.Pipe': ['path', 'mode'],
  [RUNTIME]: ['name', 'static_layer', 'disk_layer', 'admin_layer'],
  [`${RUNTIME}.DiskLayer`]: ['symlink_root', 'subdirectory'],
  [`${RUNTIME}.AdminLayer`]: '*',
}

/** Everything that the proxy honours of Envoy's API: what is not here is reported as unsupported. */
export const honours: Honours = mergeHonours([
  serverHonours, accessLogHonours, formatHonours, adminHonours, statsConfigHonours, matchingHonours, routerHonours, CLUSTER_HONOURS, ...UPSTREAM_HONOURS,
  ...[...networkFilters, ...httpFilters, ...builtinListenerFilters, ...builtinTransportSockets, ...builtinLoadBalancers, ...builtinAccessLoggers].map((definition) => definition.config.honours),
]) // prettier-ignore

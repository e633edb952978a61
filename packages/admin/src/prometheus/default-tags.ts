/**
 * Where a tag's value stands in a stat's name. Names are segments parted by dots: in a `path`, `$` is the value, which is
 * taken out with a dot; `*` is any one segment, `**` at the end is one more at least, other words stand for themselves.
 * `cut` is a pattern instead: its first group is taken out, its second group is the value. `except`: values that are none.
 */
export type TagRule =
  | { readonly tag: string; readonly path: string; readonly except?: readonly string[] }
  | { readonly tag: string; readonly cut: RegExp; readonly except?: readonly string[] }

/** Tags whose place does not depend on how the name begins; they are printed first. Every pattern takes linear time. */
export const SUFFIX_TAGS: readonly TagRule[] = [
  { tag: 'envoy.response_code', cut: /_rq(_(\d{3}))$/ },
  { tag: 'envoy.response_code_class', cut: /_rq_((\d))xx$/ },
  { tag: 'envoy.ssl_curve', cut: /\.ssl\.curves(\.([^.]+))$/ },
  { tag: 'envoy.ssl_version', cut: /\.ssl\.versions(\.(.+))$/ },
  { tag: 'envoy.tls_certificate', cut: /\.ssl\.certificate(\.([^.]+))\.expiration_unix_time_seconds$/ },
  { tag: 'envoy.worker_id', cut: /\.worker(_(\d+))\./ },
  { tag: 'envoy.rbac_prefix', path: '$.rbac.**' },
  { tag: 'envoy.local_http_ratelimit_prefix', path: '$.http_local_rate_limit.**' },
]

/** Tags by the tree that a name belongs to: Envoy's, for the trees that there are in nuncio, and `nuncio.*` of our own. */
export const TREE_TAGS: readonly TagRule[] = [
  { tag: 'envoy.grpc_bridge_method', path: 'cluster.*.grpc.*.$.**' },
  { tag: 'envoy.http_user_agent', path: 'http.*.user_agent.$.**' },
  { tag: 'envoy.virtual_cluster', path: 'vhost.*.vcluster.$.**' },
  { tag: 'envoy.fault_downstream_cluster', path: 'http.*.fault.$.**' },
  { tag: 'envoy.ssl_cipher', cut: /^listener\..*\.ssl\.ciphers(\.([^.]+))$/ },
  { tag: 'cipher_suite', path: 'cluster.*.ssl.ciphers.$' },
  { tag: 'envoy.grpc_bridge_service', path: 'cluster.*.grpc.$.**' },
  { tag: 'envoy.tcp_prefix', path: 'tcp.$.**' },
  { tag: 'envoy.udp_prefix', path: 'udp.$.**' },
  { tag: 'envoy.ratelimit_prefix', path: 'ratelimit.$.**' },
  { tag: 'envoy.connection_limit_prefix', path: 'connection_limit.$.**' },
  { tag: 'envoy.local_network_ratelimit_prefix', path: 'local_rate_limit.$.**' },
  { tag: 'envoy.rbac_policy_name', path: 'http.*.rbac.policy.$.**' },
  { tag: 'envoy.rbac_policy_name', path: 'http.*.rbac.*.policy.$.**' },
  { tag: 'envoy.rbac_http_prefix', path: 'http.*.rbac.$.**', except: ['policy'] },
  { tag: 'envoy.ext_authz_prefix', path: 'cluster.*.ext_authz.$.**' },
  { tag: 'envoy.ext_authz_prefix', path: 'http.*.ext_authz.$.**' },
  { tag: 'nuncio.fate', cut: /^(?:http|cluster)\..+\.fate(\.([a-z_]+))$/ },
  { tag: 'envoy.cluster_name', path: 'cluster.$.**' },
  { tag: 'envoy.http_conn_manager_prefix', cut: /^listener\..+?\.http\.(([^.]+)\.)/ },
  { tag: 'envoy.http_conn_manager_prefix', path: 'http.$.**' },
  { tag: 'envoy.listener_address', cut: /^listener\.((\d+(?:\.\d+){3}_\d+|[^.]+)\.)/, except: ['admin'] },
  { tag: 'envoy.virtual_host', path: 'vhost.$.**' },
  { tag: 'envoy.rds_route_config', cut: /^http\.[^.]+\.rds\.((.+)\.)\w+$/ },
  { tag: 'envoy.route', path: 'vhost.*.route.$.**' },
]

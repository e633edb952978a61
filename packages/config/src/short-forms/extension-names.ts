// Which type an extension has whose entry has a name and no typed_config, and what v2 called it.

export type ExtensionKind = 'http' | 'network' | 'listener' | 'access-log' | 'transport-socket'

const PREFIX: Readonly<Record<ExtensionKind, string>> = {
  http: 'envoy.filters.http.',
  network: 'envoy.filters.network.',
  listener: 'envoy.filters.listener.',
  'access-log': 'envoy.access_loggers.',
  'transport-socket': 'envoy.transport_sockets.',
}

/** Last part of the name → message below `envoy.extensions.`; `folder.v3.` before the message goes without saying. */
const TYPES: Readonly<Record<ExtensionKind, Readonly<Record<string, string>>>> = {
  http: {
    router: 'Router',
    cors: 'Cors',
    buffer: 'Buffer',
    csrf: 'CsrfPolicy',
    compressor: 'Compressor',
    decompressor: 'Decompressor',
    ext_authz: 'ExtAuthz',
    ext_proc: 'ExternalProcessor',
    fault: 'HTTPFault',
    grpc_http1_bridge: 'Config',
    grpc_json_transcoder: 'GrpcJsonTranscoder',
    grpc_stats: 'FilterConfig',
    grpc_web: 'GrpcWeb',
    header_mutation: 'HeaderMutation',
    header_to_metadata: 'Config',
    health_check: 'HealthCheck',
    ip_tagging: 'IPTagging',
    jwt_authn: 'JwtAuthentication',
    local_ratelimit: 'LocalRateLimit',
    lua: 'Lua',
    oauth2: 'OAuth2',
    on_demand: 'OnDemand',
    ratelimit: 'RateLimit',
    rbac: 'RBAC',
    set_metadata: 'Config',
    stateful_session: 'StatefulSession',
    tap: 'Tap',
    wasm: 'Wasm',
    basic_auth: 'BasicAuth',
    api_key_auth: 'ApiKeyAuth',
    bandwidth_limit: 'BandwidthLimit',
    adaptive_concurrency: 'AdaptiveConcurrency',
    admission_control: 'AdmissionControl',
    cache: 'CacheConfig',
    cdn_loop: 'CdnLoopConfig',
    dynamic_forward_proxy: 'FilterConfig',
    set_filter_state: 'Config',
  },
  network: {
    http_connection_manager: 'HttpConnectionManager',
    tcp_proxy: 'TcpProxy',
    echo: 'Echo',
    ext_authz: 'ExtAuthz',
    local_ratelimit: 'LocalRateLimit',
    mongo_proxy: 'MongoProxy',
    ratelimit: 'RateLimit',
    rbac: 'RBAC',
    redis_proxy: 'RedisProxy',
    sni_cluster: 'SniCluster',
    direct_response: 'Config',
    connection_limit: 'ConnectionLimit',
    thrift_proxy: 'ThriftProxy',
    zookeeper_proxy: 'ZooKeeperProxy',
    set_filter_state: 'Config',
  },
  listener: {
    tls_inspector: 'TlsInspector',
    http_inspector: 'HttpInspector',
    proxy_protocol: 'ProxyProtocol',
    original_dst: 'OriginalDst',
    original_src: 'OriginalSrc',
    local_ratelimit: 'LocalRateLimit',
  },
  'access-log': {
    file: 'FileAccessLog',
    stdout: 'StdoutAccessLog',
    stderr: 'StderrAccessLog',
    http_grpc: 'HttpGrpcAccessLogConfig',
    tcp_grpc: 'TcpGrpcAccessLogConfig',
  },
  'transport-socket': { raw_buffer: 'RawBuffer' },
}

const FOLDERS: Readonly<Record<string, string>> = {
  stdout: 'stream',
  stderr: 'stream',
  http_grpc: 'grpc',
  tcp_grpc: 'grpc',
}

/** v2 name → last part of the v3 name. Names that only gained `filters.http.` and the like follow from TYPES. */
const RENAMED: Readonly<Record<ExtensionKind, Readonly<Record<string, string>>>> = {
  http: { 'envoy.rate_limit': 'ratelimit' },
  network: {},
  listener: {
    'envoy.listener.tls_inspector': 'tls_inspector',
    'envoy.listener.http_inspector': 'http_inspector',
    'envoy.listener.proxy_protocol': 'proxy_protocol',
    'envoy.listener.original_dst': 'original_dst',
    'envoy.listener.original_src': 'original_src',
  },
  'access-log': {
    'envoy.file_access_log': 'file',
    'envoy.http_grpc_access_log': 'http_grpc',
    'envoy.tcp_grpc_access_log': 'tcp_grpc',
  },
  'transport-socket': { raw_buffer: 'raw_buffer' },
}

export interface ExtensionName {
  /** As v3 calls it. */
  readonly name: string
  /** The full name of its message. */
  readonly type: string
}

/** What a name, of v2 or v3, stands for among extensions of a kind; undefined for names that are not known here. */
export function extensionOf(kind: ExtensionKind, name: string): ExtensionName | undefined {
  const short = shortNameOf(kind, name)
  const message = short === undefined ? undefined : TYPES[kind][short]
  if (short === undefined || message === undefined) return undefined
  const path = PREFIX[kind].slice('envoy.'.length)
  return { name: PREFIX[kind] + short, type: `envoy.extensions.${path}${FOLDERS[short] ?? short}.v3.${message}` }
}

function shortNameOf(kind: ExtensionKind, name: string): string | undefined {
  const renamed = Object.hasOwn(RENAMED[kind], name) ? RENAMED[kind][name] : undefined
  const short =
    renamed ??
    (name.startsWith(PREFIX[kind])
      ? name.slice(PREFIX[kind].length)
      : name.startsWith('envoy.')
        ? name.slice(6)
        : undefined)
  return short !== undefined && Object.hasOwn(TYPES[kind], short) ? short : undefined
}

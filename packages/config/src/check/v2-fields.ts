// Fields that v2 had and v3 does without, and what v3 has instead.

/** Short message name → field → what to write. */
const INSTEAD: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Bootstrap: { runtime: 'layered_runtime' },
  Cluster: {
    tls_context: 'transport_socket with an UpstreamTlsContext',
    extension_protocol_options: 'typed_extension_protocol_options',
    hosts: 'load_assignment',
  },
  FilterChain: { tls_context: 'transport_socket with a DownstreamTlsContext' },
  Filter: { config: 'typed_config with "@type"' },
  HttpFilter: { config: 'typed_config with "@type"' },
  ListenerFilter: { config: 'typed_config with "@type"' },
  AccessLog: { config: 'typed_config with "@type"' },
  StatsSink: { config: 'typed_config with "@type"' },
  TransportSocket: { config: 'typed_config with "@type"' },
  HttpConnectionManager: { idle_timeout: 'common_http_protocol_options: { idle_timeout: … }' },
  'HttpConnectionManager.Tracing': {
    operation_name: 'traffic_direction of the listener',
    request_headers_for_tags: 'custom_tags',
  },
  RouteMatch: { regex: 'safe_regex: { regex: … }' },
  HeaderMatcher: { regex_match: 'string_match: { safe_regex: { regex: … } }' },
  QueryParameterMatcher: { value: 'string_match', regex: 'string_match: { safe_regex: { regex: … } }' },
  StringMatcher: { regex: 'safe_regex: { regex: … }' },
  VirtualCluster: { pattern: 'headers with a matcher of ":path"', method: 'headers with a matcher of ":method"' },
  VirtualHost: { per_filter_config: 'typed_per_filter_config' },
  Route: { per_filter_config: 'typed_per_filter_config' },
  'WeightedCluster.ClusterWeight': { per_filter_config: 'typed_per_filter_config' },
  RouteAction: { auto_host_rewrite_header: 'host_rewrite_header' },
  CorsPolicy: {
    allow_origin: 'allow_origin_string_match',
    allow_origin_regex: 'allow_origin_string_match',
    enabled: 'filter_enabled',
  },
  'HealthCheck.HttpHealthCheck': { use_http2: 'codec_client_type: HTTP2', service_name: 'service_name_matcher' },
  CertificateValidationContext: { verify_subject_alt_name: 'match_typed_subject_alt_names' },
}

/** What v3 has instead of a field of v2, in a message given by its short name. */
export function insteadOf(message: string, field: string): string | undefined {
  const fields = Object.hasOwn(INSTEAD, message) ? INSTEAD[message]! : undefined
  return fields && Object.hasOwn(fields, field) ? fields[field] : undefined
}

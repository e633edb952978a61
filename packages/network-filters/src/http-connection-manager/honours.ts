import { type Honours, READ_ONCE } from '@nuncio/config'
import { HTTP2_FIELDS, HTTP2_NO_EFFECT, HTTP2_UNSUPPORTED } from '@nuncio/http-codec'
import { tracingHonours } from '@nuncio/tracing'

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3'

/** What is honoured of the connection manager's messages. */
export const hcmHonours: Honours = {
  ...tracingHonours,
  [`${HCM}.HttpConnectionManager`]: { honoured: [
    'codec_type', 'stat_prefix', 'route_config', 'scoped_routes', 'rds', 'http_filters', 'common_http_protocol_options', 'http_protocol_options', 'http2_protocol_options',
    'server_name', 'server_header_transformation', 'max_request_headers_kb', 'stream_idle_timeout', 'stream_flush_timeout', 'request_timeout',
    'request_headers_timeout', 'drain_timeout', 'drain_timeout_jitter', 'delayed_close_timeout', 'access_log', 'use_remote_address', 'xff_num_trusted_hops',
    'internal_address_config', 'skip_xff_append', 'via', 'proxy_100_continue', 'generate_request_id', 'preserve_external_request_id',
    'always_set_request_id_in_response', 'upgrade_configs', 'normalize_path', 'merge_slashes', 'path_with_escaped_slashes_action',
    'local_reply_config', 'strip_matching_host_port', 'strip_any_host_port', 'stream_error_on_invalid_http_message',
    'strip_trailing_host_dot', 'append_x_forwarded_port', 'forward_client_cert_details', 'forward_client_cert_matcher', 'set_current_client_cert_details',
    'scheme_header_transformation', 'original_ip_detection_extensions', 'append_local_overload', 'http1_safe_max_connection_duration',
    'tracing', 'request_id_extension',
    'proxy_status_config', 'access_log_options', 'access_log_flush_interval', 'flush_access_log_on_new_request', 'add_user_agent', 'early_header_mutation_extensions', 'represent_ipv4_remote_address_as_ipv4_mapped_ipv6',
  ], noEffect: { path_normalization_options: 'Envoy does nothing with it either; normalize_path and merge_slashes say it' },
  unsupported: { forward_proto_config: 'use scheme_header_transformation', http3_protocol_options: 'HTTP/3 goes over QUIC, which Node.js does not have',
    typed_header_validation_config: 'headers are checked by the codec',
    add_proxy_protocol_connection_state: 'hosts that are told of the connection are always told its addresses',
    record_route_resolution_stats: 'the time that a route takes to find is not measured',
  } },
  'envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation': '*',
  'envoy.config.common.mutation_rules.v3.HeaderMutation': '*',
  'envoy.config.common.mutation_rules.v3.HeaderMutation.RemoveOnMatch': '*',
  [`${HCM}.HttpConnectionManager.HcmAccessLogOptions`]: '*',
  [`${HCM}.HttpConnectionManager.ProxyStatusConfig`]: '*',
  [`${HCM}.HttpConnectionManager.InternalAddressConfig`]: '*',
  [`${HCM}.HttpConnectionManager.SetCurrentClientCertDetails`]: '*',
  [`${HCM}.HttpConnectionManager.ForwardClientCertConfig`]: '*',
  [`${HCM}.HttpConnectionManager.UpgradeConfig`]: '*',
  [`${HCM}.Rds`]: '*',
  [`${HCM}.HttpFilter`]: {
    honoured: ['name', 'typed_config', 'is_optional', 'disabled'],
    unsupported: { config_discovery: 'filters are not fetched one by one: write typed_config' },
  },
  'envoy.config.core.v3.SchemeHeaderTransformation': '*',
  'envoy.config.core.v3.TypedExtensionConfig': '*',
  'envoy.extensions.http.original_ip_detection.xff.v3.XffConfig': '*',
  'envoy.extensions.http.original_ip_detection.xff.v3.XffTrustedCidrs': '*',
  'envoy.extensions.http.original_ip_detection.custom_header.v3.CustomHeaderConfig': '*',
  'envoy.type.v3.HttpStatus': '*',
  [`${HCM}.LocalReplyConfig`]: '*',
  [`${HCM}.ResponseMapper`]: '*',
  [`${HCM}.HttpConnectionManager#common_http_protocol_options`]: {
    honoured: ['idle_timeout', 'max_connection_duration', 'max_connection_duration_jitter', 'max_headers_count', 'max_stream_duration', 'headers_with_underscores_action', 'max_requests_per_connection', 'max_response_headers_kb'],
  },
  [`${HCM}.HttpConnectionManager#http2_protocol_options`]: {
    honoured: [...HTTP2_FIELDS, 'allow_connect', 'stream_reset_burst', 'stream_reset_rate', 'connection_keepalive'],
    noEffect: HTTP2_NO_EFFECT,
    unsupported: HTTP2_UNSUPPORTED,
  },
  'envoy.config.core.v3.KeepaliveSettings': ['interval', 'timeout', 'interval_jitter'],
  'envoy.type.v3.Percent': '*',
  [`${HCM}.HttpConnectionManager#http_protocol_options`]: {
    honoured: [
      'allow_absolute_url', 'accept_http_10', 'default_host_for_http_10', 'header_key_format', 'enable_trailers', 'allow_chunked_length',
      'override_stream_error_on_invalid_http_message', 'allow_custom_methods', 'ignore_http_11_upgrade',
    ],
    noEffect: {
      send_fully_qualified_url: 'it is for requests to upstreams: set it on clusters',
      use_balsa_parser: 'there is one parser of HTTP/1',
    },
  },
  'envoy.config.core.v3.Http1ProtocolOptions.HeaderKeyFormat': ['proper_case_words', 'stateful_formatter'],
  'envoy.config.core.v3.Http1ProtocolOptions.HeaderKeyFormat.ProperCaseWords': '*',
  'envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig': '*',
  'envoy.config.core.v3.SubstitutionFormatString': ['text_format', 'text_format_source', 'json_format', 'content_type', 'omit_empty_values'],
  [`${HCM}.ResponseMapper#body`]: READ_ONCE,
  'envoy.config.core.v3.CidrRange': '*',
  'envoy.config.core.v3.HeaderValueOption': ['header', 'append', 'append_action', 'keep_empty_value'],
  'envoy.config.core.v3.HeaderValue': ['key', 'value', 'raw_value'],
} // prettier-ignore

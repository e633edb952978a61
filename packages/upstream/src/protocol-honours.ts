import type { Honours } from '@nuncio/config'
import { HTTP2_FIELDS, HTTP2_NO_EFFECT, HTTP2_UNSUPPORTED } from '@nuncio/http-codec'

const OF_CLIENTS = 'it is for requests of clients: set it on connection managers'
const AS_IT_CAME = 'requests go on as they came'

const COMMON = {
  honoured: [
    'idle_timeout',
    'max_connection_duration',
    'max_connection_duration_jitter',
    'max_response_headers_kb',
    'max_headers_count',
    'max_stream_duration',
    'max_requests_per_connection',
  ],
  noEffect: { headers_with_underscores_action: OF_CLIENTS },
}
const HTTP1 = {
  honoured: ['header_key_format', 'enable_trailers', 'allow_chunked_length', 'send_fully_qualified_url'],
  noEffect: {
    use_balsa_parser: 'there is one parser of HTTP/1',
    allow_absolute_url: OF_CLIENTS,
    ignore_http_11_upgrade: OF_CLIENTS,
    accept_http_10: OF_CLIENTS,
    default_host_for_http_10: OF_CLIENTS,
    allow_custom_methods: AS_IT_CAME,
    override_stream_error_on_invalid_http_message: 'a response that is not HTTP always ends its connection',
  },
}
const HTTP2 = {
  honoured: [...HTTP2_FIELDS, 'connection_keepalive'],
  noEffect: {
    ...HTTP2_NO_EFFECT,
    allow_connect: AS_IT_CAME,
    stream_reset_burst: OF_CLIENTS,
    stream_reset_rate: OF_CLIENTS,
  },
  unsupported: HTTP2_UNSUPPORTED,
}

const OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'

/** Protocol options where clusters have them; connection managers have the same messages and honour other fields. */
export const upstreamProtocolHonours: Honours = {
  'envoy.config.cluster.v3.Cluster#common_http_protocol_options': COMMON,
  'envoy.config.cluster.v3.Cluster#http_protocol_options': HTTP1,
  'envoy.config.cluster.v3.Cluster#http2_protocol_options': HTTP2,
  [`${OPTIONS}#common_http_protocol_options`]: COMMON,
  [`${OPTIONS}.ExplicitHttpConfig#http_protocol_options`]: HTTP1,
  [`${OPTIONS}.ExplicitHttpConfig#http2_protocol_options`]: HTTP2,
  [`${OPTIONS}.UseDownstreamHttpConfig#http_protocol_options`]: HTTP1,
  [`${OPTIONS}.UseDownstreamHttpConfig#http2_protocol_options`]: HTTP2,
  [`${OPTIONS}.AutoHttpConfig#http_protocol_options`]: HTTP1,
  [`${OPTIONS}.AutoHttpConfig#http2_protocol_options`]: HTTP2,
}

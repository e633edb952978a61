import { type AnyMessage, isMessage, type Message } from '@nuncio/config'
import { reportAt, type Reporting } from './problems.ts'

type Cluster = Message<'envoy.config.cluster.v3.Cluster'>
type Http1 = Message<'envoy.config.core.v3.Http1ProtocolOptions'>
type Http2 = Message<'envoy.config.core.v3.Http2ProtocolOptions'>

/** The key under which a cluster carries its HTTP options, and the type of the message there. */
export const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'

/** How to speak HTTP to a cluster's hosts, wherever that was written. */
export interface UpstreamHttpOptions {
  readonly protocol: 'http1' | 'http2' | 'auto' | 'downstream'
  readonly common: Message<'envoy.config.core.v3.HttpProtocolOptions'>
  readonly http1: Http1
  readonly http2: Http2
  readonly upstream: Message<'envoy.config.core.v3.UpstreamHttpProtocolOptions'>
}

// Envoy's defaults as of 2025; the windows are 16 MiB and 24 MiB.
const HTTP2_DEFAULTS: Http2 = {
  hpack_table_size: 4096,
  max_concurrent_streams: 1024,
  initial_stream_window_size: 16 * 1024 * 1024,
  initial_connection_window_size: 24 * 1024 * 1024,
  max_outbound_frames: 10_000,
  max_outbound_control_frames: 1000,
  max_consecutive_inbound_frames_with_empty_payload: 1,
  max_inbound_priority_frames_per_stream: 100,
  max_inbound_window_update_frames_per_data_frame_sent: 10,
}

/** Options of other extensions would be for nobody. */
function checkNames(config: Cluster, to: Reporting): void {
  for (const name of Object.keys(config.typed_extension_protocol_options ?? {})) {
    if (name === HTTP_OPTIONS) continue
    const message = `nothing takes protocol options of the name ${JSON.stringify(name)}`
    reportAt(to, config, 'typed_extension_protocol_options', { code: 'unsupported', message })
  }
}

/** Finds a cluster's HTTP options: the typed extension, else the deprecated fields. */
export function decideHttpOptions(config: Cluster, to: Reporting): UpstreamHttpOptions {
  const typed: AnyMessage | undefined = config.typed_extension_protocol_options?.[HTTP_OPTIONS]
  checkNames(config, to)
  if (typed === undefined) return legacy(config)
  if (!isMessage(typed, HTTP_OPTIONS)) {
    const message = `${HTTP_OPTIONS} must hold a message of its own type, not ${typed['@type']}`
    reportAt(to, config, `typed_extension_protocol_options`, { code: 'wrong-type', message })
    return legacy(config)
  }
  checkNoLegacy(config, to)
  const { explicit_http_config: explicit, auto_config: auto, use_downstream_protocol_config: downstream } = typed
  const chosen = explicit ?? auto ?? downstream
  const path = `typed_extension_protocol_options['${HTTP_OPTIONS}']`
  if (explicit?.http3_protocol_options !== undefined) {
    const message = 'HTTP/3 is not spoken; the cluster is used with HTTP/1.1'
    reportAt(to, explicit, `${path}.explicit_http_config.http3_protocol_options`, { code: 'unsupported', message })
  }
  if (chosen === undefined) {
    const hint = 'choose explicit_http_config, auto_config or use_downstream_protocol_config'
    reportAt(to, typed, path, { code: 'missing-field', message: 'no protocol is chosen', hint })
  }
  if (auto !== undefined && !hasAlpn(config)) {
    const hint = 'give the cluster a TLS transport_socket, or choose explicit_http_config'
    reportAt(to, typed, `${path}.auto_config`, {
      code: 'needs-alpn',
      message: 'auto_config asks ALPN, which needs TLS',
      hint,
    })
  }
  return {
    protocol: auto !== undefined ? 'auto' : downstream !== undefined ? 'downstream' : explicitProtocol(explicit),
    common: typed.common_http_protocol_options ?? {},
    http1: chosen?.http_protocol_options ?? {},
    http2: { ...HTTP2_DEFAULTS, ...chosen?.http2_protocol_options },
    upstream: typed.upstream_http_protocol_options ?? {},
  }
}

function explicitProtocol(explicit: { readonly http2_protocol_options?: Http2 } | undefined): 'http1' | 'http2' {
  return explicit?.http2_protocol_options === undefined ? 'http1' : 'http2'
}

function legacy(config: Cluster): UpstreamHttpOptions {
  const http2 = config.http2_protocol_options
  const fallback = http2 === undefined ? 'http1' : 'http2'
  return {
    protocol: config.protocol_selection === 'USE_DOWNSTREAM_PROTOCOL' ? 'downstream' : fallback,
    common: config.common_http_protocol_options ?? {},
    http1: config.http_protocol_options ?? {},
    http2: { ...HTTP2_DEFAULTS, ...http2 },
    upstream: config.upstream_http_protocol_options ?? {},
  }
}

const LEGACY = [
  'upstream_http_protocol_options',
  'common_http_protocol_options',
  'http_protocol_options',
  'http2_protocol_options',
] as const

function checkNoLegacy(config: Cluster, to: Reporting): void {
  for (const field of LEGACY) {
    if (config[field] === undefined) continue
    const hint = `move it into typed_extension_protocol_options['${HTTP_OPTIONS}']`
    reportAt(to, config, field, { code: 'conflict', message: `${field} cannot stand beside ${HTTP_OPTIONS}`, hint })
  }
}

function hasAlpn(config: Cluster): boolean {
  return (config.transport_socket_matches?.length ?? 0) > 0 || isSecure(config.transport_socket)
}

/** TLS may be inside another transport socket. */
function isSecure(socket: Cluster['transport_socket']): boolean {
  const config = socket?.typed_config
  if (config === undefined) return false
  const type = config['@type']
  if (type.includes('Tls') || type.includes('Quic')) return true
  return isSecure((config as { readonly transport_socket?: Cluster['transport_socket'] }).transport_socket)
}

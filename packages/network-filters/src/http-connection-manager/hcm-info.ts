import type { Message } from '@nuncio/config'
import { upgradesOf } from '@nuncio/router'

export type HcmConfig = Message<'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'>

/** What was decided from a connection manager's configuration: frozen. Durations in ms, 0 = off. */
export interface HcmInfo {
  readonly config: HcmConfig
  readonly statPrefix: string
  readonly codec: 'AUTO' | 'HTTP1' | 'HTTP2'
  readonly serverName: string
  readonly serverHeader: 'OVERWRITE' | 'APPEND_IF_ABSENT' | 'PASS_THROUGH'
  readonly via: string
  readonly generateRequestId: boolean
  readonly preserveExternalRequestId: boolean
  readonly requestIdInResponse: boolean
  readonly streamIdleTimeoutMs: number
  /** How long the end of a response may wait for the client to take it. */
  readonly streamFlushTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly requestHeadersTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly maxConnectionDurationMs: number
  /** A connection lives up to this part longer, by chance; 0 = not. */
  readonly maxConnectionDurationJitter: number
  readonly maxStreamDurationMs: number
  /** An idle HTTP/1 connection that is too old waits for one more request, which may be on its way. */
  readonly safeMaxConnectionDuration: boolean
  /** What load shed says so in a header. */
  readonly tellsOverload: boolean
  readonly maxRequestsPerConnection: number
  readonly drainTimeoutMs: number
  /** A drain lasts up to this part longer, by chance; 0 = not. */
  readonly drainTimeoutJitter: number
  readonly delayedCloseMs: number
  readonly maxHeadersKb: number
  /** Upstream requests say `https` where they go over TLS, else `http` (`match_upstream`). */
  readonly schemeMatchesUpstream: boolean
  /** Waiting clients are told to go on by the upstream, not by the proxy. */
  readonly proxy100Continue: boolean
  readonly maxHeadersCount: number
  /** Time between the lines that are logged while a stream goes on; infinite = none are. */
  readonly logIntervalMs: number
  /** A line is logged when a request comes, before the filters. */
  readonly logsRequests: boolean
  /** A line is logged when an upgrade or a CONNECT has been taken. */
  readonly logsTunnels: boolean
  /** Lower-case upgrade types and whether they are on by default. */
  readonly upgrades: ReadonlyMap<string, boolean>
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Applies Envoy's defaults. */
export function decideHcm(config: HcmConfig): HcmInfo {
  const common = config.common_http_protocol_options ?? {}
  const logs = config.access_log_options
  return {
    config,
    statPrefix: config.stat_prefix ?? '',
    codec: config.codec_type === 'HTTP1' || config.codec_type === 'HTTP2' ? config.codec_type : 'AUTO',
    serverName: config.server_name !== undefined && config.server_name !== '' ? config.server_name : 'envoy',
    serverHeader: config.server_header_transformation ?? 'OVERWRITE',
    via: config.via ?? '',
    generateRequestId: config.generate_request_id ?? true,
    preserveExternalRequestId: config.preserve_external_request_id ?? false,
    requestIdInResponse: config.always_set_request_id_in_response ?? false,
    streamIdleTimeoutMs: config.stream_idle_timeout ?? 5 * MINUTE,
    streamFlushTimeoutMs: config.stream_flush_timeout ?? config.stream_idle_timeout ?? 5 * MINUTE,
    requestTimeoutMs: config.request_timeout ?? 0,
    requestHeadersTimeoutMs: config.request_headers_timeout ?? 0,
    idleTimeoutMs: common.idle_timeout ?? HOUR,
    maxConnectionDurationMs: common.max_connection_duration ?? 0,
    maxConnectionDurationJitter: (common.max_connection_duration_jitter?.value ?? 0) / 100,
    maxStreamDurationMs: common.max_stream_duration ?? 0,
    safeMaxConnectionDuration: config.http1_safe_max_connection_duration ?? false,
    tellsOverload: config.append_local_overload ?? false,
    maxRequestsPerConnection: common.max_requests_per_connection ?? 0,
    drainTimeoutMs: config.drain_timeout ?? 5000,
    drainTimeoutJitter: (config.drain_timeout_jitter?.value ?? 0) / 100,
    delayedCloseMs: config.delayed_close_timeout ?? 1000,
    maxHeadersKb: config.max_request_headers_kb ?? 60,
    schemeMatchesUpstream: config.scheme_header_transformation?.match_upstream ?? false,
    proxy100Continue: config.proxy_100_continue ?? false,
    maxHeadersCount: common.max_headers_count ?? 100,
    logIntervalMs: logs?.access_log_flush_interval ?? config.access_log_flush_interval ?? Number.POSITIVE_INFINITY,
    logsRequests: logs?.flush_access_log_on_new_request ?? config.flush_access_log_on_new_request ?? false,
    logsTunnels: logs?.flush_log_on_tunnel_successfully_established ?? false,
    upgrades: upgradesOf(config.upgrade_configs),
  }
}

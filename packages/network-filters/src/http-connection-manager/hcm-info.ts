import type { Message } from '@nuncio/config'
import { type ClientCertificatePolicy, clientCertificatePolicy } from './request/client-certificate.ts'
import type { ForwardedPolicy } from './request/forwarded.ts'
import { internalAddresses, type InternalAddress } from './request/internal-address.ts'

export type HcmConfig = Message<'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'>

/** What was decided from a connection manager's configuration: frozen. Durations in ms, 0 = off. */
export interface HcmInfo {
  readonly config: HcmConfig
  readonly statPrefix: string
  readonly codec: 'AUTO' | 'HTTP1' | 'HTTP2'
  readonly serverName: string
  readonly serverHeader: 'OVERWRITE' | 'APPEND_IF_ABSENT' | 'PASS_THROUGH'
  readonly via: string
  readonly forwarded: ForwardedPolicy
  /** Undefined: requests may not carry `x-forwarded-client-cert`. */
  readonly clientCertificate: ClientCertificatePolicy | undefined
  readonly generateRequestId: boolean
  readonly preserveExternalRequestId: boolean
  readonly requestIdInResponse: boolean
  readonly normalizePath: boolean
  readonly mergeSlashes: boolean
  readonly escapedSlashes: 'KEEP_UNCHANGED' | 'REJECT_REQUEST' | 'UNESCAPE_AND_REDIRECT' | 'UNESCAPE_AND_FORWARD'
  readonly stripPort: 'none' | 'matching' | 'any'
  readonly stripTrailingDot: boolean
  readonly underscores: 'ALLOW' | 'REJECT_REQUEST' | 'DROP_HEADER'
  readonly streamIdleTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly requestHeadersTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly maxConnectionDurationMs: number
  readonly maxStreamDurationMs: number
  readonly maxRequestsPerConnection: number
  readonly drainTimeoutMs: number
  readonly delayedCloseMs: number
  readonly maxHeadersKb: number
  /** Waiting clients are told to go on by the upstream, not by the proxy. */
  readonly proxy100Continue: boolean
  readonly maxHeadersCount: number
  /** Lower-case upgrade types and whether they are on by default. */
  readonly upgrades: ReadonlyMap<string, boolean>
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Applies Envoy's defaults. `cidr` compiles CIDR texts (from @nuncio/matching). */
export function decideHcm(config: HcmConfig, cidr: (ranges: readonly string[]) => InternalAddress): HcmInfo {
  const common = config.common_http_protocol_options ?? {}
  return {
    config,
    statPrefix: config.stat_prefix ?? '',
    codec: config.codec_type === 'HTTP1' || config.codec_type === 'HTTP2' ? config.codec_type : 'AUTO',
    serverName: config.server_name !== undefined && config.server_name !== '' ? config.server_name : 'envoy',
    serverHeader: config.server_header_transformation ?? 'OVERWRITE',
    via: config.via ?? '',
    forwarded: {
      useRemoteAddress: config.use_remote_address ?? false,
      trustedHops: config.xff_num_trusted_hops ?? 0,
      skipXffAppend: config.skip_xff_append ?? false,
      appendPort: config.append_x_forwarded_port ?? false,
      isInternal: internalAddresses(config.internal_address_config, cidr),
    },
    clientCertificate: clientCertificatePolicy(config),
    generateRequestId: config.generate_request_id ?? true,
    preserveExternalRequestId: config.preserve_external_request_id ?? false,
    requestIdInResponse: config.always_set_request_id_in_response ?? false,
    normalizePath: config.normalize_path ?? false,
    mergeSlashes: config.merge_slashes ?? false,
    escapedSlashes: escapedSlashes(config.path_with_escaped_slashes_action),
    stripPort:
      config.strip_any_host_port === true ? 'any' : config.strip_matching_host_port === true ? 'matching' : 'none',
    stripTrailingDot: config.strip_trailing_host_dot ?? false,
    underscores: common.headers_with_underscores_action ?? 'ALLOW',
    streamIdleTimeoutMs: config.stream_idle_timeout ?? 5 * MINUTE,
    requestTimeoutMs: config.request_timeout ?? 0,
    requestHeadersTimeoutMs: config.request_headers_timeout ?? 0,
    idleTimeoutMs: common.idle_timeout ?? HOUR,
    maxConnectionDurationMs: common.max_connection_duration ?? 0,
    maxStreamDurationMs: common.max_stream_duration ?? 0,
    maxRequestsPerConnection: common.max_requests_per_connection ?? 0,
    drainTimeoutMs: config.drain_timeout ?? 5000,
    delayedCloseMs: config.delayed_close_timeout ?? 1000,
    maxHeadersKb: config.max_request_headers_kb ?? 60,
    proxy100Continue: config.proxy_100_continue ?? false,
    maxHeadersCount: common.max_headers_count ?? 100,
    upgrades: new Map(
      (config.upgrade_configs ?? []).map((upgrade) => [
        (upgrade.upgrade_type ?? '').toLowerCase(),
        upgrade.enabled ?? true,
      ]),
    ),
  }
}

function escapedSlashes(action: HcmConfig['path_with_escaped_slashes_action']): HcmInfo['escapedSlashes'] {
  return action === undefined || action === 'IMPLEMENTATION_SPECIFIC_DEFAULT' ? 'KEEP_UNCHANGED' : action
}

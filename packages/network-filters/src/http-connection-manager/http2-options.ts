import { configuredHttp2, type Http2Options, http2Options } from '@nuncio/http-codec'
import type { HcmInfo } from './hcm-info.ts'

/** `connection_keepalive`: times in ms. */
export interface Http2Keepalive {
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly jitterPercent: number
}

/** Undefined: connections are not asked whether they live. */
export function decideHttp2Keepalive(info: HcmInfo): Http2Keepalive | undefined {
  const keepalive = info.config.http2_protocol_options?.connection_keepalive
  if (keepalive?.interval === undefined || keepalive.interval === 0) return undefined
  return {
    intervalMs: keepalive.interval,
    timeoutMs: keepalive.timeout ?? 0,
    jitterPercent: keepalive.interval_jitter?.value ?? 15,
  }
}

/** The codec's options from `http2_protocol_options` and the limits of the connection manager. */
export function decideHttp2Options(info: HcmInfo): Http2Options {
  return http2Options({
    ...configuredHttp2(info.config.http2_protocol_options ?? {}, info.config.stream_error_on_invalid_http_message),
    underscores: UNDERSCORES[info.config.common_http_protocol_options?.headers_with_underscores_action ?? 'ALLOW'],
    maxHeadersKb: info.maxHeadersKb,
    maxHeadersCount: info.maxHeadersCount,
  })
}

const UNDERSCORES = { ALLOW: 'allow', DROP_HEADER: 'drop', REJECT_REQUEST: 'reject' } as const

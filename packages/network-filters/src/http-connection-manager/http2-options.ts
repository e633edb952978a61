import { type Http2Options, http2Options } from '@nuncio/http-codec'
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
  const options = info.config.http2_protocol_options ?? {}
  return http2Options({
    ...(options.hpack_table_size !== undefined && { hpackTableSize: options.hpack_table_size }),
    ...(options.max_concurrent_streams !== undefined && { maxConcurrentStreams: options.max_concurrent_streams }),
    ...(options.initial_stream_window_size !== undefined && {
      initialStreamWindow: options.initial_stream_window_size,
    }),
    ...(options.initial_connection_window_size !== undefined && {
      initialConnectionWindow: options.initial_connection_window_size,
    }),
    ...(options.stream_reset_burst !== undefined && { streamResetBurst: options.stream_reset_burst }),
    ...(options.stream_reset_rate !== undefined && { streamResetRate: options.stream_reset_rate }),
    allowConnect: options.allow_connect ?? false,
    maxHeadersKb: info.maxHeadersKb,
    maxHeadersCount: info.maxHeadersCount,
  })
}

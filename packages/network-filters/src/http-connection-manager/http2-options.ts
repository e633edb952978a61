import { type Http2Options, http2Options } from '@nuncio/http-codec'
import type { HcmInfo } from './hcm-info.ts'

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
    allowConnect: options.allow_connect ?? false,
    maxHeadersKb: info.maxHeadersKb,
    maxHeadersCount: info.maxHeadersCount,
  })
}

import type { Message } from '@nuncio/config'
import { type Http1Options, http1Options } from '@nuncio/http-codec'
import { compileStringMatcher, type ConfigPlace } from '@nuncio/matching'
import type { HcmInfo } from './hcm-info.ts'

/** The codec's options from `http_protocol_options` and the limits of the connection manager, which stands at `place`. */
export function decideHttp1Options(info: HcmInfo, bufferLimit: number, place: ConfigPlace): Http1Options {
  const options: Message<'envoy.config.core.v3.Http1ProtocolOptions'> = info.config.http_protocol_options ?? {}
  const format = options.header_key_format
  const { ignore_http_11_upgrade: ignored = [] } = options
  const at = place.at('http_protocol_options', options)
  const matchers = ignored.map((one, i) => compileStringMatcher(one, at.item('ignore_http_11_upgrade', i, one)))
  return http1Options({
    acceptHttp10: options.accept_http_10 ?? false,
    defaultHostForHttp10: options.default_host_for_http_10 ?? '',
    allowAbsoluteUrl: options.allow_absolute_url ?? true,
    allowChunkedLength: options.allow_chunked_length ?? false,
    headerKeyFormat: format?.proper_case_words !== undefined ? 'proper' : 'preserve',
    enableTrailers: options.enable_trailers ?? false,
    allowCustomMethods: options.allow_custom_methods ?? false,
    ...(matchers.length > 0 && {
      ignoresUpgrade: (protocol) => matchers.some((matcher) => matcher.matches(protocol)),
    }),
    maxHeadersKb: info.maxHeadersKb,
    maxHeadersCount: info.maxHeadersCount,
    bufferLimit: bufferLimit === 0 ? Number.MAX_SAFE_INTEGER : bufferLimit,
    streamErrorOnInvalidHttpMessage:
      options.override_stream_error_on_invalid_http_message ??
      info.config.stream_error_on_invalid_http_message ??
      false,
  })
}

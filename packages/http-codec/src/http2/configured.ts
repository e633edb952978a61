import type { Http2Options } from './options.ts'

/** What of Envoy's `Http2ProtocolOptions` concerns the codec. */
export interface Http2ProtocolOptions {
  readonly hpack_table_size?: number
  readonly max_concurrent_streams?: number
  readonly initial_stream_window_size?: number
  readonly initial_connection_window_size?: number
  readonly allow_connect?: boolean
  readonly max_outbound_frames?: number
  readonly max_outbound_control_frames?: number
  readonly max_consecutive_inbound_frames_with_empty_payload?: number
  readonly max_inbound_priority_frames_per_stream?: number
  readonly max_inbound_window_update_frames_per_data_frame_sent?: number
  readonly stream_error_on_invalid_http_messaging?: boolean
  readonly override_stream_error_on_invalid_http_message?: boolean
  readonly enable_huffman_encoding?: boolean
  readonly max_header_field_size_kb?: number
  readonly stream_reset_burst?: number
  readonly stream_reset_rate?: number
}

/** Fields that mean something at either end: what a listener or cluster may declare as honoured. */
export const HTTP2_FIELDS = [
  'hpack_table_size', 'max_concurrent_streams', 'initial_stream_window_size', 'initial_connection_window_size',
  'max_outbound_frames', 'max_outbound_control_frames', 'max_consecutive_inbound_frames_with_empty_payload',
  'max_inbound_priority_frames_per_stream', 'max_inbound_window_update_frames_per_data_frame_sent',
  'stream_error_on_invalid_http_messaging', 'override_stream_error_on_invalid_http_message', 'enable_huffman_encoding',
  'max_header_field_size_kb',
] as const satisfies readonly (keyof Http2ProtocolOptions)[] // prettier-ignore

/** Those that change nothing here, each with the reason. */
export const HTTP2_NO_EFFECT = { use_oghttp2_codec: 'there is one codec of HTTP/2' } as const

/** Why the others are refused. */
export const HTTP2_UNSUPPORTED = {
  allow_metadata: 'METADATA frames are not passed on',
  max_metadata_size: 'METADATA frames are not passed on',
  custom_settings_parameters: 'only the settings of the standard are sent',
  disallow_obs_text: 'header values may have bytes above 127, as in HTTP/1',
} as const

type Writable<T> = { -readonly [K in keyof T]?: T[K] }

/**
 * The codec's options from Envoy's message. `streamErrors`: what holds where the message does not say whether an invalid
 * request or response ends its connection.
 */
export function configuredHttp2(given: Http2ProtocolOptions, streamErrors?: boolean): Partial<Http2Options> {
  const options: Writable<Http2Options> = {}
  function take<K extends keyof Http2Options>(name: K, value: Http2Options[K] | undefined): void {
    if (value !== undefined) options[name] = value
  }
  take('hpackTableSize', given.hpack_table_size)
  take('maxConcurrentStreams', given.max_concurrent_streams)
  take('initialStreamWindow', given.initial_stream_window_size)
  take('initialConnectionWindow', given.initial_connection_window_size)
  take('allowConnect', given.allow_connect)
  take('maxOutboundFrames', given.max_outbound_frames)
  take('maxOutboundControlFrames', given.max_outbound_control_frames)
  take('maxEmptyFrames', given.max_consecutive_inbound_frames_with_empty_payload)
  take('maxPriorityFramesPerStream', given.max_inbound_priority_frames_per_stream)
  take('maxWindowUpdatesPerDataFrame', given.max_inbound_window_update_frames_per_data_frame_sent)
  take('huffman', given.enable_huffman_encoding)
  take('maxHeaderFieldKb', given.max_header_field_size_kb)
  take('streamResetBurst', given.stream_reset_burst)
  take('streamResetRate', given.stream_reset_rate)
  take(
    'streamErrorOnInvalidHttpMessage',
    given.override_stream_error_on_invalid_http_message ??
      streamErrors ??
      (given.stream_error_on_invalid_http_messaging === true || undefined),
  )
  return options
}

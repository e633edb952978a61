import type { FramingError } from './frames/frame-reader.ts'
import {
  COMPRESSION_ERROR,
  ENHANCE_YOUR_CALM,
  FLOW_CONTROL_ERROR,
  FRAME_SIZE_ERROR,
  INTERNAL_ERROR,
  PROTOCOL_ERROR,
  STREAM_CLOSED,
} from './frames/frame-types.ts'
import type { HpackError } from './hpack/decoder.ts'

/** Why a message is refused. */
export type MessageViolation =
  | 'http2.bad_content_length'
  | 'http2.bad_status'
  | 'http2.connection_header'
  | 'http2.content_length_mismatch'
  | 'http2.header_list_size_too_large'
  | 'http2.host_mismatch'
  | 'http2.invalid_authority'
  | 'http2.invalid_header'
  | 'http2.invalid_method'
  | 'http2.invalid_path'
  | 'http2.invalid_protocol'
  | 'http2.invalid_pseudo_header'
  | 'http2.invalid_scheme'
  | 'http2.invalid_te'
  | 'http2.missing_pseudo_header'
  | 'http2.missing_authority'
  | 'http2.repeated_host'
  | 'http2.repeated_pseudo_header'
  | 'http2.too_many_headers'
  | 'http2.too_many_informational'
  | 'http2.unexpected_headers'
  | 'http2.unexpected_underscore'

/** What ends a connection because of how often it happened. */
export type Flood =
  | 'http2.inbound_empty_frames_flood'
  | 'http2.inbound_priority_frames_flood'
  | 'http2.inbound_window_update_frames_flood'
  | 'http2.outbound_control_flood'
  | 'http2.outbound_flood'
  | 'http2.rapid_reset'

/** What a peer did wrong; response code details, logs and counters go by it. */
export type Http2Violation =
  | Exclude<HpackError, ''>
  | Flood
  | FramingError
  | MessageViolation
  | 'http2.bad_frame_size'
  | 'http2.bad_settings'
  | 'http2.bad_stream_id'
  | 'http2.flow_control_error'
  | 'http2.headers_too_large'
  | 'http2.push_refused'
  | 'http2.self_dependency'
  | 'http2.stream_closed'
  | 'http2.stream_idle'
  | 'http2.unexpected_data'
  | 'http2.zero_window_update'

const CODES: Readonly<Partial<Record<Http2Violation, number>>> = {
  'http2.bad_frame_size': FRAME_SIZE_ERROR,
  'http2.frame_too_large': FRAME_SIZE_ERROR,
  'http2.compression_error': COMPRESSION_ERROR,
  'http2.header_field_too_large': COMPRESSION_ERROR,
  'http2.headers_too_large': ENHANCE_YOUR_CALM,
  'http2.flow_control_error': FLOW_CONTROL_ERROR,
  'http2.header_list_size_too_large': INTERNAL_ERROR,
  'http2.too_many_headers': INTERNAL_ERROR,
  'http2.unexpected_underscore': INTERNAL_ERROR,
  'http2.inbound_empty_frames_flood': ENHANCE_YOUR_CALM,
  'http2.inbound_priority_frames_flood': ENHANCE_YOUR_CALM,
  'http2.inbound_window_update_frames_flood': ENHANCE_YOUR_CALM,
  'http2.outbound_control_flood': ENHANCE_YOUR_CALM,
  'http2.outbound_flood': ENHANCE_YOUR_CALM,
  'http2.rapid_reset': ENHANCE_YOUR_CALM,
  'http2.stream_closed': STREAM_CLOSED,
}

/** The code that tells a peer of what it did. */
export function codeOfViolation(violation: Http2Violation): number {
  return CODES[violation] ?? PROTOCOL_ERROR
}

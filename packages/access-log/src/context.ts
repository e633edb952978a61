import type { HeaderMap, RandomGenerator, RequestHeaders, ResponseHeaders, StreamInfo, TimeSource } from '@nuncio/core'
import type { EnumName } from '@nuncio/config'

/** The event that a log line tells of, as `%ACCESS_LOG_TYPE%` prints it. */
export type AccessLogType = EnumName<'envoy.data.accesslog.v3.AccessLogType'>

/**
 * What a formatter reads. The fields may be set anew for each use, so one object serves a connection or a whole
 * server; `formatContext` makes one. What a protocol does not have (headers of a TCP connection) is undefined.
 */
export interface FormatContext {
  info: StreamInfo
  request: RequestHeaders | undefined
  response: ResponseHeaders | undefined
  responseTrailers: HeaderMap | undefined
  /** For `%LOCAL_REPLY_BODY%`: bytes as Latin-1 text; '' when the response is not a local reply. */
  localReplyBody: string
  logType: AccessLogType
}

/** A context for one finished stream: `formatContext(info, stream.requestHeaders, stream.responseHeaders)`. */
export function formatContext(
  info: StreamInfo,
  request?: RequestHeaders,
  response?: ResponseHeaders,
  responseTrailers?: HeaderMap,
): FormatContext {
  return { info, request, response, responseTrailers, localReplyBody: '', logType: 'DownstreamEnd' }
}

/** What a formatter may need of the world besides the stream; given when it is compiled. */
export interface FormatEnvironment {
  /** `%HOSTNAME%`; undefined prints `-`. */
  readonly hostname?: string | undefined
  /** `%ENVIRONMENT(X)%`; asked once, when the format is compiled. */
  readonly environment?: ((name: string) => string | undefined) | undefined
  /** `%EMIT_TIME%`, and durations of streams that are not over yet. */
  readonly time?: TimeSource | undefined
  /** `%UNIQUE_ID%`. */
  readonly random?: RandomGenerator | undefined
  /** Minutes that local time is ahead of UTC at a moment (wall ms), for `%START_TIME_LOCAL%`; undefined = UTC. */
  readonly localOffset?: ((wallMs: number) => number) | undefined
}

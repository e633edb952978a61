import { type FormatContext, formatContext } from '@nuncio/access-log'
import { connectionInfo, type RequestHeaders, type ResponseHeaders, StreamInfo } from '@nuncio/core'

const shared: FormatContext = formatContext(new StreamInfo(connectionInfo(), 0, 0))

/** The one context for formatters of routes, pointed at a stream. Valid until the next call. */
export function formatting(
  info: StreamInfo,
  request: RequestHeaders | undefined,
  response: ResponseHeaders | undefined,
): FormatContext {
  shared.info = info
  shared.request = request
  shared.response = response
  shared.localReplyBody = ''
  shared.logType = 'NotSet'
  return shared
}

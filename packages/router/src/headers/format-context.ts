import { type FormatContext, formatContext } from '@nuncio/access-log'
import type { ConnectionInfo, RequestHeaders, ResponseHeaders } from '@nuncio/core'
import { StreamInfo } from '@nuncio/core'

const NOWHERE = { address: '127.0.0.1', port: 0 }

/** Stands for a connection where there is none: in tools, and before the first request. */
export function noConnection(): ConnectionInfo {
  return {
    id: 0,
    remote: NOWHERE,
    directRemote: NOWHERE,
    local: NOWHERE,
    tls: undefined,
    serverName: '',
    listenerName: '',
    filterChainName: '',
    startMs: 0,
    terminationDetails: '',
    filterState: undefined,
    metadata: undefined,
  }
}

const shared: FormatContext = formatContext(new StreamInfo(noConnection(), 0, 0))

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

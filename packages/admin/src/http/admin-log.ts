import type { IncomingMessage } from 'node:http'
import { type FormatContext, formatContext } from '@nuncio/access-log'
import {
  connectionInfo,
  type ConnectionInfo,
  requestHeaders,
  responseHeaders,
  StreamInfo,
  type TimeSource,
} from '@nuncio/core'
import type { AdminResponse } from '../endpoint.ts'

/** What an access log needs; loggers of `@nuncio/telemetry` are such. */
export interface AdminAccessLog {
  log(context: FormatContext): void
}

/** An exchange on the admin address, told as a stream, so that `admin.access_log` formats it as any other. */
export function adminStream(
  incoming: IncomingMessage,
  connection: ConnectionInfo,
  response: AdminResponse,
  bytesSent: number,
  time: TimeSource,
): FormatContext {
  const { startMs } = connection
  const ended = time.monotonicMs()
  const info = new StreamInfo(connection, startMs, time.wallMs() - (ended - startMs))
  info.protocol = incoming.httpVersion === '1.0' ? 'HTTP/1.0' : 'HTTP/1.1'
  info.status = response.status
  info.details = 'admin_filter_response'
  info.bytesSent = bytesSent
  info.lastDownstreamRxMs = startMs
  info.firstDownstreamTxMs = ended
  info.lastDownstreamTxMs = ended
  info.endMs = ended
  return formatContext(info, requestHeaders(linesOf(incoming)), responseHeaders(response.status, [['content-type', response.contentType]])) // prettier-ignore
}

/** The connection of a request; to be asked while it is there. */
export function connectionOf({ socket }: IncomingMessage, startMs: number): ConnectionInfo {
  return connectionInfo({
    remote: { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 },
    local: { address: socket.localAddress ?? '', port: socket.localPort ?? 0 },
    listenerName: 'admin',
    startMs,
  })
}

function* linesOf(incoming: IncomingMessage): Iterable<readonly [string, string]> {
  yield [':method', incoming.method ?? '']
  yield [':path', incoming.url ?? '']
  yield [':authority', incoming.headers.host ?? '']
  yield [':scheme', 'http']
  for (let i = 0; i + 1 < incoming.rawHeaders.length; i += 2) {
    const name = incoming.rawHeaders[i]!.toLowerCase()
    if (name !== 'host') yield [name, incoming.rawHeaders[i + 1]!]
  }
}

import type { ResponseHeaders } from '@nuncio/core'
import type { HcmInfo } from '../hcm-info.ts'
import { httpDate } from './date.ts'

/** What the connection manager says on every response: date, server, via, request id. */
export function finalizeResponse(
  headers: ResponseHeaders,
  info: HcmInfo,
  requestId: string,
  sendRequestId: boolean,
  wallMs: number,
): void {
  if (!headers.has('date')) headers.append('date', httpDate(wallMs))
  if (info.serverHeader === 'OVERWRITE') headers.set('server', info.serverName)
  else if (info.serverHeader === 'APPEND_IF_ABSENT' && !headers.has('server')) headers.append('server', info.serverName)
  if (info.via !== '') {
    const via = headers.getJoined('via')
    headers.set('via', via === undefined ? info.via : `${via}, ${info.via}`)
  }
  if (sendRequestId && requestId !== '') headers.set('x-request-id', requestId)
}

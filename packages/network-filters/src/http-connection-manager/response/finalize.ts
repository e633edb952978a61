import type { RequestHeaders, ResponseHeaders } from '@nuncio/core'
import type { HcmInfo } from '../hcm-info.ts'
import { httpDate } from './date.ts'

/** What the connection manager says on every response: date, server, via. */
export function finalizeResponse(headers: ResponseHeaders, info: HcmInfo, wallMs: number): void {
  if (!headers.has('date')) headers.append('date', httpDate(wallMs))
  if (info.serverHeader === 'OVERWRITE') headers.set('server', info.serverName)
  else if (info.serverHeader === 'APPEND_IF_ABSENT' && !headers.has('server')) headers.append('server', info.serverName)
  if (info.via !== '') {
    const via = headers.getJoined('via')
    headers.set('via', via === undefined ? info.via : `${via}, ${info.via}`)
  }
}

/** Tells the client the id that its request goes by, an empty one too; a request without one gets none. */
export function tellRequestId(headers: ResponseHeaders, request: RequestHeaders): void {
  const id = request.get('x-request-id')
  if (id !== undefined) headers.set('x-request-id', id)
}

import type { RequestHeaders } from '@nuncio/core'
import type { TerminalStream } from '@nuncio/filter-chain'
import type { UpstreamRequest } from './upstream-request.ts'

/** Sends what there is of a request by now; false: there is no room for more. */
export function sendRequest(
  request: UpstreamRequest,
  headers: RequestHeaders,
  chunks: readonly Uint8Array[],
  { requestEnded, requestTrailers: trailers }: TerminalStream,
): boolean {
  const lastIsEnd = requestEnded && trailers === undefined
  request.encoder!.encodeHeaders(headers, lastIsEnd && chunks.length === 0)
  let room = true
  for (let i = 0; i < chunks.length; i++) room = request.send(chunks[i]!, lastIsEnd && i === chunks.length - 1)
  if (requestEnded && trailers !== undefined) request.encoder?.encodeTrailers(trailers)
  if (requestEnded) request.requestSent()
  return room
}

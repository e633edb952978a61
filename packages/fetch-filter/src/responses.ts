import type { ResponseHeaders } from '@nuncio/core'
import { LocalReply } from '@nuncio/filter-chain'
import { applyHeaders, headersOf } from './header-changes.ts'
import { readWhole } from './body-relay.ts'

/** The upstream's response as the handler sees it, and what it was. */
export interface ShownResponse {
  readonly response: Response
  readonly headers: Headers
  readonly body: ReadableStream<Uint8Array> | null
}

/** Statuses whose responses have no body, whatever they say. */
const BODILESS = new Set([204, 205, 304])

export function showResponse(headers: ResponseHeaders, body: ReadableStream<Uint8Array> | undefined): ShownResponse {
  const { status } = headers
  const shown = headersOf(headers)
  const possible = status >= 200 && status <= 599
  const response = new Response(possible && !BODILESS.has(status) ? body : null, {
    status: possible ? status : 200,
    headers: shown,
  })
  // `Response` cannot be made with a status such as 101.
  if (!possible) Object.defineProperties(response, { status: { value: status }, ok: { value: false } })
  return { response, headers: new Headers(response.headers), body: response.body }
}

/** Brings the handler's changes to status and headers into the response. */
export function applyResponse(headers: ResponseHeaders, shown: ShownResponse, answer: Response): void {
  if (answer.status !== shown.response.status) headers.status = answer.status
  applyHeaders(headers, shown.headers, answer.headers)
}

/** The answer of a handler that did not ask anybody. Its body is read whole, up to `maxBytes`. */
export async function replyOf(answer: Response, maxBytes: number): Promise<LocalReply> {
  const body = await readWhole(answer.body, maxBytes)
  const headers = [...answer.headers].filter(([name]) => name !== 'content-length')
  return new LocalReply(answer.status, 'fetch_handler_response', { body, headers })
}

/** Throws when what a handler gave back is no response to send. */
export function checkResponse(answer: Response | undefined): Response {
  if (typeof answer?.status !== 'number' || !(answer.headers instanceof Headers))
    throw new TypeError('the handler gave back no Response')
  if (answer.status === 0) throw new TypeError('the handler gave back an error Response')
  return answer
}

import type { HeaderMap, RequestHeaders, ResponseHeaders } from '@nuncio/core'
import {
  type DataVerdict,
  type FilterStream,
  type HttpFilter,
  type LocalReply,
  localReply,
  RESPONSE_TOO_LARGE,
  type Verdict,
} from '@nuncio/filter-chain'
import { BodyRelay, readWhole } from './body-relay.ts'
import { applyRequest, showable, showRequest, type ShownRequest } from './requests.ts'
import { applyResponse, checkResponse, replyOf, showResponse } from './responses.ts'

/** Sends the request on, changed or not, and gives the response as soon as its headers are there. Once for a stream. */
export type Next = (request?: Request) => Promise<Response>

/** A handler that knows its configuration and its stream. */
export type BoundHandler = (request: Request, next: Next, stream: FilterStream) => Promise<Response>

/** One stream that a handler looks after: holds the request until it calls `next`, and the response until it returns. */
export class FetchFilter implements HttpFilter {
  readonly #handler: BoundHandler
  readonly #maxBytes: number
  readonly #abort = new AbortController()
  readonly #sent = Promise.withResolvers<'sent'>()
  readonly #arrived = Promise.withResolvers<Response>()
  #result!: Promise<Response>
  #shown!: ShownRequest
  #changed!: Request
  #called = false
  #over = false
  #request: BodyRelay | undefined = undefined
  #response: BodyRelay | undefined = undefined

  constructor(handler: BoundHandler, maxBytes: number) {
    this.#handler = handler
    this.#maxBytes = maxBytes
    this.#arrived.promise.catch(() => {})
  }

  onRequestHeaders(headers: RequestHeaders, stream: FilterStream, end: boolean): Verdict {
    if (!showable(headers)) return localReply(400, 'fetch_handler_cannot_see_request')
    stream.signal.addEventListener('abort', () => this.#abort.abort())
    const relay = (this.#request = new BodyRelay(end, this.#maxBytes, {
      open: (bodyOver) => stream.streamRequest(this.#maxBytes, bodyOver),
      drop: () => stream.setBufferedRequest(new Uint8Array(0)),
    }))
    this.#shown = showRequest(headers, relay.source, this.#abort.signal)
    this.#result = this.#handle(stream)
    this.#result.catch(() => {})
    return this.#hold(relay, headers, stream)
  }

  onRequestData(chunk: Uint8Array, _stream: FilterStream, end: boolean): DataVerdict {
    return this.#request?.data(chunk, end)
  }

  onRequestTrailers(_trailers: HeaderMap, stream: FilterStream): Verdict {
    if (this.#request === undefined || this.#request.passing) return undefined
    return this.#request.trailers((chunk) => stream.addRequestData(chunk))
  }

  onResponseHeaders(headers: ResponseHeaders, stream: FilterStream, end: boolean): Verdict {
    // Otherwise nobody waits for it: the handler's own answer, or one made before it said next().
    return this.#called ? this.#answer(headers, stream, end) : undefined
  }

  onResponseData(chunk: Uint8Array, _stream: FilterStream, end: boolean): DataVerdict {
    return this.#response?.data(chunk, end)
  }

  onResponseTrailers(_trailers: HeaderMap, stream: FilterStream): Verdict {
    if (this.#response === undefined || this.#response.passing) return undefined
    return this.#response.trailers((chunk) => stream.addResponseData(chunk))
  }

  onComplete(): void {
    const reason = gone()
    this.#over = true
    this.#arrived.reject(reason)
    this.#request?.abort(reason)
    this.#response?.abort(reason)
  }

  async #handle(stream: FilterStream): Promise<Response> {
    const { request } = this.#shown
    return checkResponse(await this.#handler(request, (changed = request) => this.#next(changed), stream))
  }

  async #next(changed: Request): Promise<Response> {
    if (this.#over) throw gone()
    if (this.#called) throw new TypeError('next() was called before: a request goes on once')
    this.#called = true
    this.#changed = changed
    this.#sent.resolve('sent')
    return await this.#arrived.promise
  }

  async #hold(relay: BodyRelay, headers: RequestHeaders, stream: FilterStream): Promise<void | LocalReply> {
    let first: Response | 'sent'
    try {
      first = await Promise.race([this.#sent.promise, this.#result])
    } catch (error) {
      if (relay.tooLarge) return localReply(413, 'request_payload_too_large', { body: 'Payload Too Large' })
      throw error
    }
    if (first !== 'sent') return await replyOf(first, this.#maxBytes)
    if (this.#over) return undefined
    const { body } = this.#changed
    if (applyRequest(headers, this.#shown, this.#changed)) stream.clearRouteCache()
    if (body === this.#shown.body) relay.pass()
    else await this.#exchange(relay, body, headers, (whole) => stream.setBufferedRequest(whole))
  }

  async #answer(headers: ResponseHeaders, stream: FilterStream, end: boolean): Promise<void | LocalReply> {
    const relay = (this.#response = new BodyRelay(end, this.#maxBytes, {
      open: (bodyOver) => stream.streamResponse(this.#maxBytes, bodyOver),
      drop: () => stream.setBufferedResponse(new Uint8Array(0)),
    }))
    const shown = showResponse(headers, relay.source)
    this.#arrived.resolve(shown.response)
    let answer: Response
    try {
      answer = await this.#result
    } catch (error) {
      if (relay.tooLarge) return RESPONSE_TOO_LARGE
      throw error
    }
    if (this.#over) return undefined
    applyResponse(headers, shown, answer)
    if (answer.body === shown.body || stream.requestHeaders.method === 'HEAD') relay.pass()
    else await this.#exchange(relay, answer.body, headers, (whole) => stream.setBufferedResponse(whole))
  }

  /** Another body goes on. Where there was none, the headers would say that none comes: it has to be there first. */
  async #exchange(
    relay: BodyRelay,
    body: ReadableStream<Uint8Array> | null,
    headers: HeaderMap,
    put: (whole: Uint8Array) => void,
  ): Promise<void> {
    headers.remove('content-length')
    if (relay.source !== undefined) return relay.replace(body)
    const whole = await readWhole(body, this.#maxBytes)
    if (whole.length === 0 || this.#over) return
    headers.set('content-length', String(whole.length))
    put(whole)
  }
}

function gone(): DOMException {
  return new DOMException('the stream is over', 'AbortError')
}

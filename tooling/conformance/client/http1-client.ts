import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ClientTls, RequestStep } from '../model/document.ts'
import { bodyText } from '../model/requests.ts'
import { clientOptions } from '../wire/certificates.ts'
import { type Framing, type Message, MessageReader, statusOf } from '../wire/message-reader.ts'
import { headerSet, type ObservedResponse, shownBody, shownContent } from '../wire/observed.ts'
import { playPieces, type When } from './pieces.ts'
import { Patience, pause } from './waiting.ts'

/** How long a close that a response has announced may take. */
const CLOSE_MS = 6000
/** How long an answer may take: longer than any timeout in a case. */
export const ANSWER_MS = 8000

/** A connection to a proxy, with what came over it. */
export class Http1Connection {
  readonly #socket: Socket
  readonly #reader = new MessageReader()
  #fate: 'open' | 'closed' | 'reset' = 'open'
  #wake: () => void = () => {}

  constructor(port: number, tls: ClientTls | undefined) {
    const at = { port, host: '127.0.0.1' }
    this.#socket = tls === undefined ? connectTcp(at) : connectTls({ ...at, ...clientOptions(tls) })
    this.#socket.setNoDelay(true)
    this.#socket.on('data', (chunk: Buffer) => {
      this.#reader.push(chunk)
      this.#wake()
    })
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#fate === 'open' && error.code === 'ECONNRESET') this.#fate = 'reset'
    })
    const onEnd = (): void => {
      if (this.#fate === 'open') this.#fate = 'closed'
      this.#wake()
    }
    this.#socket.on('end', onEnd)
    this.#socket.on('close', onEnd)
  }

  close(): void {
    this.#socket.destroy()
  }

  async send(request: RequestStep, when: When): Promise<ObservedResponse> {
    this.#write(request)
    for (const piece of request.pieces) {
      if (piece.after !== undefined) await when(piece.after)
      const text = bodyText(piece.body)
      this.#socket.write(`${text.length.toString(16)}\r\n${text}\r\n`, 'latin1')
    }
    if (request.pieces.length > 0 && !request.held)
      this.#socket.write(`0\r\n${headLines(request.trailers)}\r\n`, 'latin1')
    const response = await this.#response(request, when)
    if (request.tunnel === undefined || !switched(request, response.status)) return response
    const view = { come: () => this.#reader.rest, over: () => this.#fate !== 'open' }
    await playPieces(request.tunnel, this.#socket, view, when)
    return { ...response, tunnel: shownBody(this.#reader.takeRest()), fate: this.#fate }
  }

  #write({ method, path, headers, body, trailers, pieces }: RequestStep): void {
    const has = (wanted: string): boolean => headers.some(([name]) => name.toLowerCase() === wanted)
    const framed = has('content-length') || has('transfer-encoding')
    const chunked = trailers.length > 0 || pieces.length > 0
    const framing =
      framed || (body === undefined && !chunked)
        ? ''
        : chunked
          ? 'transfer-encoding: chunked\r\n'
          : `content-length: ${body!.length}\r\n`
    const whole = body === undefined ? '' : body
    const last = trailers.length > 0 && pieces.length === 0 ? `0\r\n${headLines(trailers)}\r\n` : ''
    const text = trailers.length > 0 && whole !== '' ? `${whole.length.toString(16)}\r\n${whole}\r\n` : whole
    this.#socket.write(`${method} ${path} HTTP/1.1\r\n${headLines(headers)}${framing}\r\n${text}${last}`, 'latin1')
  }

  async #response(request: RequestStep, when: When): Promise<ObservedResponse> {
    const interim: { status: number; headers: ReturnType<typeof headerSet> }[] = []
    const patience = new Patience(ANSWER_MS)
    let gaveUp = false
    const giveUp = (): void => {
      gaveUp = true
      this.#wake()
    }
    if (request.abort !== undefined) void when(request.abort).then(giveUp)
    for (;;) {
      const message = this.#reader.next(this.#framing(request), this.#fate !== 'open')
      const status = message === undefined ? 0 : statusOf(message.start)
      if (message !== undefined && status >= 100 && status < 200 && status !== 101) {
        interim.push({ status, headers: headerSet(message.headers) })
        continue
      }
      const over = gaveUp || patience.over
      if (message !== undefined || this.#fate !== 'open' || over) {
        if (over && message === undefined) this.close()
        const fate = over && message === undefined ? 'the client gave up' : await this.#closing(message)
        return observed(message, fate, interim)
      }
      await patience.wait((wake) => (this.#wake = wake))
    }
  }

  #framing(request: RequestStep): Framing {
    if (request.method === 'HEAD') return 'no body'
    const head = this.#reader.head()
    return head !== undefined && switched(request, statusOf(head.start)) ? 'no body' : 'response'
  }

  /** What becomes of the connection after a message. */
  async #closing(message: Message | undefined): Promise<string> {
    if (message === undefined) return this.#fate
    const announced = message.headers.some(
      ([name, value]) => name.toLowerCase() === 'connection' && /\bclose\b/i.test(value),
    )
    if (announced) {
      const patience = new Patience(CLOSE_MS)
      while (this.#fate === 'open' && !patience.over) await patience.wait((wake) => (this.#wake = wake))
    } else await pause(2)
    return this.#fate
  }
}

/** Whether what follows a response is no HTTP any more. */
function switched({ method }: RequestStep, status: number): boolean {
  return status === 101 || (method === 'CONNECT' && status >= 200 && status < 300)
}

function headLines(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([name, value]) => `${name}: ${value}\r\n`).join('')
}

function observed(
  message: Message | undefined,
  fate: string,
  interim: NonNullable<ObservedResponse['interim']>,
): ObservedResponse {
  if (message === undefined) return { status: 0, headers: {}, body: '', trailers: {}, fate }
  const headers = headerSet(message.headers)
  return {
    status: statusOf(message.start),
    headers,
    order: message.headers.map(([name]) => name),
    body: shownContent(message.body, headers),
    trailers: headerSet(message.trailers),
    ...(interim.length > 0 && { interim }),
    ...(!message.complete && { complete: false as const }),
    fate,
  }
}

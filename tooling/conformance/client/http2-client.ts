import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
} from 'node:http2'
import type { ClientTls, RequestStep } from '../model/document.ts'
import { bodyText } from '../model/requests.ts'
import { clientOptions } from '../wire/certificates.ts'
import { pairsOf, recordOf } from '../wire/http2-headers.ts'
import { headerSet, type ObservedResponse, shownBody, shownContent } from '../wire/observed.ts'
import { ANSWER_MS } from './http1-client.ts'
import { eventually } from './waiting.ts'
import { playPieces, type When } from './pieces.ts'

/** How often it is seen to whether an answer is late. */
const SLOWLY_MS = 200

/** A connection that speaks HTTP/2: over TLS, or by prior knowledge. */
export class Http2Connection {
  readonly #session: ClientHttp2Session
  #goaway = false

  constructor(port: number, tls: ClientTls | undefined) {
    const url = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`
    this.#session = connect(url, tls === undefined ? {} : { ...clientOptions(tls), ALPNProtocols: ['h2'] })
    this.#session.on('error', () => {})
    this.#session.on('goaway', () => (this.#goaway = true))
  }

  close(): void {
    this.#session.destroy()
  }

  async send(request: RequestStep, when: When): Promise<ObservedResponse> {
    const { method, path, headers, body, trailers, pieces, tunnel } = request
    const host = headers.find(([name]) => name.toLowerCase() === 'host')?.[1]
    const others = headers.filter(([name]) => name.toLowerCase() !== 'host')
    const plainConnect = method === 'CONNECT' && !others.some(([name]) => name === ':protocol')
    const pseudo = {
      ':method': method,
      ...(path !== '' && !plainConnect && { ':path': path }),
      ...(host !== undefined && { ':authority': host }),
    }
    const endStream = body === undefined && trailers.length === 0 && pieces.length === 0 && tunnel === undefined
    const stream = this.#session.request(
      { ...pseudo, ...recordOf(others) },
      { endStream, waitForTrailers: trailers.length > 0 },
    )
    if (trailers.length > 0) stream.on('wantTrailers', () => stream.sendTrailers(recordOf(trailers)))
    const answer = this.#observe(stream, request, when)
    if (body !== undefined) stream.write(Buffer.from(body, 'latin1'))
    for (const piece of pieces) {
      if (piece.after !== undefined) await when(piece.after)
      stream.write(Buffer.from(bodyText(piece.body), 'latin1'))
    }
    if (!endStream && tunnel === undefined && !request.held) stream.end()
    return await answer
  }

  /** Settles when all has been read that the proxy said before it last heard of us: also that it goes away. */
  #caughtUp(): Promise<void> {
    return new Promise((resolve) => {
      this.#session.once('close', resolve)
      if (this.#session.destroyed || !this.#session.ping(() => resolve())) resolve()
    })
  }

  #observe(stream: ClientHttp2Stream, { abort, tunnel }: RequestStep, when: When): Promise<ObservedResponse> {
    const seen = { headers: {} as IncomingHttpHeaders, trailers: {} as IncomingHttpHeaders, body: '' }
    const interim: { status: number; headers: ReturnType<typeof headerSet> }[] = []
    stream.on('headers', (headers: IncomingHttpHeaders & { ':status'?: number }) => {
      interim.push({ status: headers[':status'] ?? 0, headers: set(headers) })
    })
    stream.on('response', (headers) => {
      seen.headers = headers
      if (tunnel === undefined) return
      const played =
        headers[':status'] === 200
          ? playPieces(tunnel, stream, { come: () => seen.body, over: () => stream.closed }, when)
          : Promise.resolve()
      void played.then(() => stream.end())
    })
    stream.on('trailers', (headers: IncomingHttpHeaders) => (seen.trailers = headers))
    stream.on('data', (chunk: Buffer) => (seen.body += chunk.toString('latin1')))
    stream.on('error', () => {})
    return new Promise((resolve) => {
      let gaveUp = false
      const giveUp = (): void => {
        gaveUp = true
        stream.close(constants.NGHTTP2_CANCEL)
      }
      void eventually(ANSWER_MS, () => stream.closed, SLOWLY_MS).then((closed) => closed || giveUp())
      if (abort !== undefined) void when(abort).then(giveUp)
      const finish = (): void => {
        const code = stream.rstCode
        const fate = gaveUp ? 'the client gave up' : code === 0 ? (this.#goaway ? 'goaway' : 'open') : `reset ${code}`
        const { ':status': status, ...headers } = seen.headers as IncomingHttpHeaders & { ':status'?: number }
        const fields = set(headers)
        const tunnelled = tunnel !== undefined && status === 200
        resolve({
          status: status ?? 0,
          headers: fields,
          order: pairsOf(headers).map(([name]) => name),
          ...(tunnelled ? { body: '', tunnel: shownBody(seen.body) } : { body: shownContent(seen.body, fields) }),
          trailers: set(seen.trailers),
          ...(interim.length > 0 && { interim }),
          fate,
        })
      }
      stream.on('close', () => {
        void this.#caughtUp().then(finish)
      })
    })
  }
}

const set = (headers: IncomingHttpHeaders): ReturnType<typeof headerSet> =>
  headerSet(pairsOf(headers).filter(([name]) => name !== ':status'))

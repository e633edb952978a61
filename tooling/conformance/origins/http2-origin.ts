import {
  constants,
  createSecureServer,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import type { Server } from 'node:net'
import type { TlsOptions } from 'node:tls'
import type { Piece, Reply } from '../model/document.ts'
import { bodyText, headerPairs } from '../model/requests.ts'
import { grpcFrame, grpcMessage } from '../wire/grpc.ts'
import { headerSet, shownContent } from '../wire/observed.ts'
import { pairsOf, recordOf } from '../wire/http2-headers.ts'
import type { Stage } from './origin.ts'

/** HTTP/2, over TLS or by prior knowledge. */
export function http2Listener(stage: Stage, tls: TlsOptions | undefined): Server {
  const settings = { enableConnectProtocol: true }
  const server =
    tls === undefined ? createServer({ settings }) : createSecureServer({ ...tls, settings, allowHTTP1: false })
  server.on('session', (session) => {
    const number = stage.nextConnection()
    session.on('error', () => {})
    session.on('stream', (stream, headers) => onStream(stream, headers, number, stage))
  })
  return server
}

function onStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, number: number, stage: Stage): void {
  let body = ''
  let trailers: (readonly [string, string])[] = []
  const reply = stage.nextReply()
  stage.unfinished(stream, true)
  const method = String(headers[':method'])
  const set = headerSet(pairsOf(headers))
  const shown = (): { body: string; message?: unknown } => {
    const message = stage.grpc === undefined ? undefined : grpcMessage(stage.grpc.request, body)
    return message === undefined ? { body: shownContent(body, set) } : { body: '', message }
  }
  const write = (complete: boolean): void => {
    stage.unfinished(stream, false)
    stage.received({
      start: `${method} ${String(headers[':path'])} HTTP/2`,
      headers: set,
      order: pairsOf(headers).map(([name]) => name),
      ...shown(),
      trailers: headerSet(trailers),
      ...(!complete && { complete: false as const }),
      connection: number,
    })
  }
  stream.on('data', (chunk: Buffer) => {
    body += chunk.toString('latin1')
    stage.arrived(chunk.toString('latin1'))
  })
  stream.on('trailers', (received: IncomingHttpHeaders) => (trailers = [...pairsOf(received)]))
  stream.on('error', () => {})
  if (reply.early || reply.echo) {
    answer(stream, method, reply, stage)
    stream.on('close', () => write(stream.readableEnded))
    return
  }
  let ended = false
  stream.on('end', () => {
    ended = true
    write(!stream.aborted)
    answer(stream, method, reply, stage)
  })
  stream.on('close', () => {
    if (!ended) write(false)
  })
}

function answer(stream: ServerHttp2Stream, method: string, reply: Reply, stage: Stage): void {
  stage.when(reply.after, () => {
    if (!stream.destroyed) send(stream, method, reply, stage)
  })
}

function send(stream: ServerHttp2Stream, method: string, reply: Reply, stage: Stage): void {
  const { then, status, code = constants.NGHTTP2_INTERNAL_ERROR, message, pieces } = reply
  const trailers = reply.trailers ?? (message === undefined ? undefined : { 'grpc-status': '0' })
  const headers = reply.headers ?? (message === undefined ? [] : { 'content-type': 'application/grpc' })
  for (const each of reply.interim ?? []) {
    stream.additionalHeaders({ ':status': each.status, ...recordOf(headerPairs(each.headers)) })
  }
  if (then === 'close' && status === undefined) return stream.session?.destroy()
  if (then === 'reset' && status === undefined) return stream.close(code)
  if (then === 'hold' && status === undefined) return
  if (reply.echo) {
    stream.respond({ ':status': status ?? 200, ...recordOf(headerPairs(headers)) }, { sendDate: false } as never)
    return void stream.pipe(stream)
  }
  const body = method === 'HEAD' ? '' : bodyOf(reply, stage)
  const alone = body === '' && trailers === undefined && then === undefined && pieces === undefined
  stream.respond({ ':status': status ?? 200, ...recordOf(headerPairs(headers)) }, {
    endStream: alone,
    waitForTrailers: trailers !== undefined,
    sendDate: false,
  } as never)
  if (alone) return
  if (trailers !== undefined) stream.on('wantTrailers', () => stream.sendTrailers(recordOf(headerPairs(trailers))))
  if (pieces !== undefined) return writePieces(stream, pieces, then === undefined, stage)
  if (then === undefined) return void stream.end(body, 'latin1')
  stream.write(body, 'latin1', () => {
    if (then === 'reset') stream.close(code)
    if (then === 'close') stream.session?.destroy()
  })
}

function writePieces(stream: ServerHttp2Stream, pieces: readonly Piece[], end: boolean, stage: Stage): void {
  const [piece, ...rest] = pieces
  if (piece === undefined) return void (end && stream.end())
  stage.when(piece.after, () => {
    stream.write(bodyText(piece.body), 'latin1')
    writePieces(stream, rest, end, stage)
  })
}

function bodyOf({ message, body }: Reply, { name, grpc }: Stage): string {
  if (message !== undefined && grpc !== undefined) return grpcFrame(grpc.response, message)
  return body === undefined ? name : bodyText(body)
}

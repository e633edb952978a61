import { type ResponseDecoder, type ResponseHeaders, requestHeaders, responseHeaders, StatsStore } from '@nuncio/core'
import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  type ClientHttp2Session,
  connect as connectHttp2,
  createServer as createHttp2,
  type Http2Server,
  type ServerHttp2Stream,
} from 'node:http2'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ReceivedRequest } from '../testing/http2-server.ts'
import { WriteBatch } from '../write-batch.ts'
import { Http2ClientConnection } from './client-connection.ts'
import { Http2Stats } from './http2-stats.ts'
import { type Http2Options, http2Options } from './options.ts'
import { Http2ServerConnection } from './server-connection.ts'

// Random exchanges with the HTTP/2 of Node at the other end: what one side says must be what the other side hears.

const runs = Number(process.env['NUNCIO_RUNS'] ?? 30)
const batch = new WriteBatch({ monotonicMs: () => performance.now() })
const parts = (options: Partial<Http2Options> = {}) => ({ options: http2Options(options), stats: new Http2Stats(new StatsStore().scope('')), batch, secure: false }) // prettier-ignore

interface Message {
  readonly fields: readonly (readonly [string, string])[]
  readonly chunks: readonly number[]
  readonly trailers: readonly (readonly [string, string])[]
}
const text = fc.string({ unit: fc.constantFrom(...Array.from('abcXYZ 019;,=/_-"\xe9\xff~')), maxLength: 40 }).map((value) => value.trim()) // prettier-ignore
const fieldList = fc.uniqueArray(fc.tuple(fc.constantFrom('x-a', 'x-b', 'x-long-name-of-a-field', 'accept', 'via', 'cookie', 'etag'), text), { maxLength: 5, selector: ([name]) => name }) // prettier-ignore
const message: fc.Arbitrary<Message> = fc.record({
  fields: fieldList,
  chunks: fc.array(fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constantFrom(16_384, 16_385, 70_000)), { maxLength: 4 }), // prettier-ignore
  trailers: fc.uniqueArray(fc.tuple(fc.constantFrom('x-t', 'x-u'), text), { maxLength: 2, selector: ([name]) => name }),
})
const exchange = fc.record({ asked: message, answered: message })
const exchanges = fc.array(exchange, { minLength: 1, maxLength: 5 })

function chunk(size: number, seed: number): Buffer {
  return Buffer.alloc(size, createHash('md5').update(String(seed)).digest('hex'))
}
function bodyOf({ chunks }: Message): string {
  return digest(Buffer.concat(chunks.map(chunk)))
}
function digest(body: Buffer): string {
  return `${body.length} ${createHash('md5').update(body).digest('hex')}`
}
function listOf(fields: Iterable<readonly [string, unknown]>): string[] {
  return [...fields].filter(([name]) => !name.startsWith(':') && !/^(date|content-length)$/.test(name)).map(([name, value]) => `${name}: ${String(value)}`).toSorted() // prettier-ignore
}
const said = (given: Message): unknown => ({ fields: listOf(given.fields), body: bodyOf(given), trailers: listOf(given.trailers) }) // prettier-ignore

describe('our server and a client of Node', () => {
  let server: Server
  let session: ClientHttp2Session
  let answers: readonly Message[] = []
  const heard = new Map<string, ReceivedRequest>()
  const violations: string[] = []

  beforeAll(async () => {
    server = createServer({ allowHalfOpen: true }, (socket) => {
      const connection = new Http2ServerConnection(socket, {
        onRequest: (stream) => {
          const request = new ReceivedRequest(stream)
          request.onHead = () => {
            heard.set(request.headers.path, request)
            const given = answers[Number(request.headers.path.slice(1))]!
            stream.encodeHeaders(responseHeaders(200, given.fields), given.chunks.length + given.trailers.length === 0)
            given.chunks.forEach((size, i) => stream.encodeData(chunk(size, i), given.trailers.length === 0 && i === given.chunks.length - 1)) // prettier-ignore
            if (given.trailers.length > 0) stream.encodeTrailers(requestHeaders(given.trailers))
          }
          return request
        },
        onProtocolError: (details) => violations.push(details),
        onClose: () => {},
      }, parts({ initialStreamWindow: 65_535 })) // prettier-ignore
      connection.start()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  })
  afterAll(() => {
    session.destroy()
    server.close()
  })

  test('say and hear the same', async () => {
    await fc.assert(
      fc.asyncProperty(exchanges, async (given) => {
        answers = given.map(({ answered }) => answered)
        heard.clear()
        const asked = given.map(({ asked: request }, i) => ask(session, request, i))
        expect(await Promise.all(asked)).toEqual(given.map(({ answered }) => said(answered)))
        expect(violations).toEqual([])
        // What is answered before it has come as a whole is not heard to its end.
        for (const [i, { asked: request }] of given.entries())
          expect(linesOf(heard.get(`/${i}`)!.headers)).toEqual(listOf(request.fields))
      }),
      { numRuns: runs },
    )
  })
})

async function ask(session: ClientHttp2Session, given: Message, number: number): Promise<unknown> {
  const stream = session.request({ ':path': `/${number}`, ':method': 'POST', ...Object.fromEntries(given.fields) }, { waitForTrailers: true }) // prettier-ignore
  stream.on('wantTrailers', () => stream.sendTrailers(Object.fromEntries(given.trailers)))
  given.chunks.forEach((size, i) => stream.write(chunk(size, i)))
  stream.end()
  const chunks: Buffer[] = []
  let fields: string[] = []
  let trailers: string[] = []
  stream.on('response', (headers) => (fields = listOf(Object.entries(headers))))
  stream.on('trailers', (headers) => (trailers = listOf(Object.entries(headers))))
  stream.on('data', (data: Buffer) => chunks.push(data))
  await once(stream, 'close')
  return { fields, body: digest(Buffer.concat(chunks)), trailers }
}

describe('our client and a server of Node', () => {
  let server: Http2Server
  let given: readonly { asked: Message; answered: Message }[] = []
  const heard = new Map<number, unknown>()
  let client: Http2ClientConnection

  beforeAll(async () => {
    server = createHttp2({ settings: { initialWindowSize: 20_000 } })
    server.on('stream', (stream: ServerHttp2Stream, headers) => {
      const number = Number(String(headers[':path']).slice(1))
      const { answered } = given[number]!
      const chunks: Buffer[] = []
      let trailers: string[] = []
      stream.on('trailers', (fields) => (trailers = listOf(Object.entries(fields))))
      stream.on('data', (data: Buffer) => chunks.push(data))
      stream.on('end', () => {
        heard.set(number, { fields: listOf(Object.entries(headers)), body: digest(Buffer.concat(chunks)), trailers })
        stream.respond({ ':status': 200, ...Object.fromEntries(answered.fields) }, { waitForTrailers: true })
        stream.on('wantTrailers', () => stream.sendTrailers(Object.fromEntries(answered.trailers)))
        answered.chunks.forEach((size, i) => stream.write(chunk(size, i)))
        stream.end()
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true })
    await once(socket, 'connect')
    client = new Http2ClientConnection(socket, { onStreamEnd() {}, onMaxStreams() {}, onGoodbye() {}, onProtocolError() {}, onEnd() {} }, parts({ initialStreamWindow: 65_535 })) // prettier-ignore
    client.start()
  })
  afterAll(() => {
    client.close()
    server.close()
  })

  test('say and hear the same', async () => {
    await fc.assert(
      fc.asyncProperty(exchanges, async (list) => {
        given = list
        heard.clear()
        const answers = await Promise.all(list.map(({ asked }, i) => send(client, asked, i)))
        expect(answers).toEqual(list.map(({ answered }) => said(answered)))
        expect(list.map((_, i) => heard.get(i))).toEqual(list.map(({ asked }) => said(asked)))
        expect(client.activeStreams).toBe(0)
      }),
      { numRuns: runs },
    )
  })
})

function send(client: Http2ClientConnection, given: Message, number: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let fields: string[] = []
    const done = (trailers: string[]): void => resolve({ fields, body: digest(Buffer.concat(chunks)), trailers })
    const decoder: ResponseDecoder = {
      onInformational() {},
      onHeaders(headers: ResponseHeaders, end: boolean) {
        fields = linesOf(headers)
        if (end) done([])
      },
      onData(data, end) {
        chunks.push(Buffer.from(data))
        if (end) done([])
      },
      onTrailers: (trailers) => done(linesOf(trailers)),
      onReset: (reason) => reject(new Error(reason)),
      onWritable() {},
    }
    const stream = client.newStream(decoder)
    const head = requestHeaders([[':method', 'POST'], [':scheme', 'http'], [':path', `/${number}`], [':authority', 'a.test'], ...given.fields]) // prettier-ignore
    stream.encodeHeaders(head, given.chunks.length + given.trailers.length === 0)
    given.chunks.forEach((size, i) => stream.encodeData(chunk(size, i), given.trailers.length === 0 && i === given.chunks.length - 1)) // prettier-ignore
    if (given.trailers.length > 0) stream.encodeTrailers(requestHeaders(given.trailers))
  })
}

function linesOf(headers: { forEach(visit: (name: string, value: string) => void): void }): string[] {
  const lines: [string, string][] = []
  headers.forEach((name, value) => void lines.push([name, value]))
  return listOf(lines)
}

import { duplexPair } from 'node:stream'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RecordingServer } from '../testing/recording-server.ts'
import { REQUEST_CASES } from '../testing/request-cases.ts'

interface Reading {
  readonly requests: readonly string[]
  readonly refused: boolean
}

let node: Server
const sinks = new WeakMap<object, string[]>()
beforeAll(() => {
  node = createServer(
    { keepAlive: true, insecureHTTPParser: false, maxHeaderSize: 1 << 20 },
    (request: IncomingMessage, response: ServerResponse) => {
      const body: Buffer[] = []
      request.on('data', (chunk: Buffer) => body.push(chunk))
      request.on('end', () => {
        sinks.get(request.socket)!.push(`${request.method} ${request.url} ${Buffer.concat(body).toString('latin1')}`)
        response.end()
      })
    },
  )
  node.maxHeadersCount = 0
})
afterAll(() => void node.close())

/** What Node's own parser makes of the bytes. */
async function nodeReads(bytes: string): Promise<Reading> {
  const [ours, theirs] = duplexPair()
  const requests: string[] = []
  sinks.set(theirs, requests)
  let refused = false
  const refusing = (_error: Error, socket: unknown): void => {
    if (socket === theirs) refused = true
  }
  node.on('clientError', refusing)
  node.emit('connection', theirs)
  ours.resume()
  ours.write(Buffer.from(bytes, 'latin1'))
  // The pair has no kernel behind it: a few turns are enough for all that a few hundred bytes can cause.
  for (let i = 0; i < 6; i++) await new Promise((resolve) => setImmediate(resolve))
  node.off('clientError', refusing)
  ours.destroy()
  theirs.destroy()
  return { requests, refused }
}

function weRead(bytes: string): Reading {
  const server = new RecordingServer({
    allowCustomMethods: false,
    allowAbsoluteUrl: false,
    acceptHttp10: true,
    defaultHostForHttp10: 'a',
  })
  server.socket.push(bytes)
  const requests = server.requests.filter((request) => request.done)
  return {
    requests: requests.map(({ method, path, body }) => `${method} ${path} ${body}`),
    refused: server.events.some((event) => event.startsWith('malformed')),
  }
}

const METHOD = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS')
const LINES = [
  'Content-Length: 5', 'Content-Length: 0', 'content-length:5', 'Content-Length: 05', 'Content-Length: 5 ', 'Content-Length: +5',
  'Content-Length: 5,5', 'Content-Length : 5', 'Content-Length: 4 5', 'Content-Length:', 'Content-Length: 5\t', 'Content-Length:\t5', 'Transfer-Encoding: chunked ', 'Transfer-Encoding: chunked \t', 'Transfer-Encoding: chunked\t ', 'Transfer-Encoding: chunked',
  'Transfer-Encoding: Chunked', 'Transfer-Encoding: chunked, chunked', 'Transfer-Encoding: identity', 'Transfer-Encoding:\tchunked',
  'Transfer-Encoding: chunked\t', 'Transfer-Encoding : chunked', 'Transfer-Encoding: gzip', ' folded', 'X-A: 1', 'X-A:', 'X-A', 'X A: 1',
  'X\0A: 1', 'X-A: \0', 'X-A: \x01', 'X-A: \x7f', 'X-\xe4: 1', 'X-A: \xe4', 'Connection: keep-alive', 'Connection: close', 'Host: b', ':', '',
] // prettier-ignore
const ENDS = fc.oneof(
  { weight: 20, arbitrary: fc.constant('\r\n') },
  { weight: 1, arbitrary: fc.constantFrom('\n', '\r', '\r\r\n', '\n\r\n') },
)
const PAYLOADS = ['', 'hello', '5\r\nhello\r\n0\r\n\r\n', '5;a=b\r\nhello\r\n0\r\n\r\n', '5\nhello\r\n0\r\n\r\n', '5\r\nhello0\r\n\r\n', '0\r\n\r\n', '0\r\nX: 1\r\n\r\n', '05\r\nhello\r\n00\r\n\r\n', '5 \r\nhello\r\n0\r\n\r\n', 'x\r\n', '0\r\n\n', '5;\r\nhello\r\n0\r\n\r\n', '-5\r\nhello\r\n0\r\n\r\n'] // prettier-ignore
const request = fc
  .record({
    method: METHOD,
    target: fc.constantFrom('/', '/p?q', '/a b', '*', '', '/\t', '/\0', '/\x7f'),
    version: fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/1.2', 'http/1.1', 'HTTP/1.1 '),
    lines: fc.array(fc.tuple(fc.constantFrom(...LINES), ENDS), { maxLength: 4 }),
    firstEnd: ENDS,
    payload: fc.constantFrom(...PAYLOADS),
  })
  .map(
    ({ method, target, version, lines, firstEnd, payload }) =>
      `${method} ${target} ${version}${firstEnd}Host: a\r\n${lines.map(([line, end]) => line + end).join('')}\r\n${payload}`,
  )

/** Where both accept, they must have read the same; where Node refuses, so must we. */
function compare(bytes: string, theirs: Reading, ours: Reading): void {
  const message = JSON.stringify(bytes)
  expect(ours.requests, `we accept what Node does not: ${message}`).toEqual(
    theirs.requests.slice(0, ours.requests.length),
  )
  if (theirs.refused)
    expect(ours.refused || ours.requests.length < theirs.requests.length + 1, `Node refuses: ${message}`).toBe(true)
}

describe("against Node's own parser", () => {
  it('every case that we accept is read alike', async () => {
    for (const given of REQUEST_CASES) {
      // CONNECT, upgrades and the preface of HTTP/2 leave HTTP/1.1; Node handles them by other events.
      if (/^(CONNECT|PRI)|upgrade/i.test(given.bytes) || /blanks round/.test(given.name) || given.bytes.length > 20_000)
        continue
      if (given.options?.allowChunkedLength === true) continue
      compare(given.bytes, await nodeReads(given.bytes), weRead(given.bytes))
    }
    expect.hasAssertions()
  })

  it('is never less strict, and never reads another message', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 2 }), async (parts) => {
        const bytes = parts.join('')
        compare(bytes, await nodeReads(bytes), weRead(bytes))
      }),
      { numRuns: Number(process.env['NUNCIO_RUNS'] ?? 1500) },
    )
  }, 600_000)
})

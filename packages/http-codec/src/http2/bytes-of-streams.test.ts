import { requestHeaders, responseHeaders } from '@nuncio/core'
import { expect, test } from 'vitest'
import { END_HEADERS, END_STREAM, FRAME, frame, literals } from '../testing/http2-frames.ts'
import { MemoryHttp2Server } from '../testing/http2-server.ts'

const FIELDS: [string, string][] = [
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'a.test'],
  ['x-a', 'b'],
]
const plain = (fields: readonly (readonly [string, string])[]): number => fields.flat().join('').length

test('bytes of a stream are those of its frames, and of names and values before HPACK', async () => {
  const server = new MemoryHttp2Server().hello()
  const block = literals(FIELDS)
  const trailers = literals([['x-t', '1']])
  const head = frame(FRAME.HEADERS, 0, 1, block.subarray(0, 10))
  const rest = frame(FRAME.CONTINUATION, END_HEADERS, 1, block.subarray(10))
  const body = frame(FRAME.DATA, 0, 1, Buffer.from('hello'))
  const end = frame(FRAME.HEADERS, END_HEADERS | END_STREAM, 1, trailers)
  server.send(head, rest, body, end)
  const { stream } = server.requests[0]!
  const before = server.socket.sent.length
  server.socket.run(() => {
    stream.encodeHeaders(responseHeaders(201, [['x-out', 'y']]), false)
    stream.encodeData(Buffer.from('answer'), false)
    stream.encodeTrailers(requestHeaders([['x-t', '22']]))
  })
  await Promise.resolve()
  const { bytes } = stream
  expect(bytes.wireBytesReceived).toBe(head.length + rest.length + body.length + end.length)
  expect(bytes.headerBytesReceived).toBe(head.length + rest.length + end.length)
  expect(bytes.decompressedHeaderBytesReceived).toBe(plain([...FIELDS, ['x-t', '1']]))
  expect(bytes.wireBytesSent).toBe(server.socket.sent.length - before)
  expect(bytes.headerBytesSent).toBe(server.socket.sent.length - before - 'answer'.length - 9)
  expect(bytes.decompressedHeaderBytesSent).toBe(plain([[':status', '201'], ['x-out', 'y'], ['x-t', '22']])) // prettier-ignore
})

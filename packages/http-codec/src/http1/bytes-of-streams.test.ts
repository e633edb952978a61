import { requestHeaders, responseHeaders } from '@nuncio/core'
import { describe, expect, it } from 'vitest'
import { RecordedResponse, RecordingClient } from '../testing/recording-client.ts'
import { RecordingServer } from '../testing/recording-server.ts'
import type { ServerStream } from './server-stream.ts'

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')
/** As Envoy counts a received line: its name, its value, and three bytes of what is around them. */
const field = (name: string, value: string): number => name.length + value.length + 3

function received(bytes: string): ServerStream {
  const server = new RecordingServer()
  server.answer = () => {}
  server.socket.push(bytes)
  return server.requests[0]!.stream
}

describe('bytes of a request', () => {
  it.each([
    ['without a body', 'GET / HTTP/1.1\r\nhost: a\r\n\r\n', field('host', 'a')],
    ['with blanks around a value', 'GET / HTTP/1.1\r\nhost:   a \r\n\r\n', field('host', 'a')],
    ['with a body', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi', field('host', 'a') + field('content-length', '2')],
    ['in chunks', 'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2;x=y\r\nhi\r\n0\r\n\r\n', field('host', 'a') + field('transfer-encoding', 'chunked')],
    ['in chunks with trailers', 'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nx: y\r\n\r\n', field('host', 'a') + field('transfer-encoding', 'chunked')],
  ])('%s are all that came for it', (_, bytes, header) => {
    const { wireBytesReceived, headerBytesReceived, decompressedHeaderBytesReceived } = received(bytes).bytes
    expect([wireBytesReceived, headerBytesReceived, decompressedHeaderBytesReceived]).toEqual([bytes.length, header, header])
  }) // prettier-ignore

  it('are told apart on one connection, in however many pieces they came', () => {
    const server = new RecordingServer()
    for (const byte of 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(2)) server.socket.push(byte)
    expect(server.requests.map(({ stream }) => stream.bytes.wireBytesReceived)).toEqual([27, 27])
  })

  it('that is refused are those that were looked at', () => {
    const refused = 'GET / HTTP/1.0\r\nhost: a\r\n\r\n'
    const server = new RecordingServer({ acceptHttp10: false })
    const streams: ServerStream[] = []
    server.onMalformed = (stream) => streams.push(stream)
    server.socket.push(refused)
    const { wireBytesReceived, headerBytesReceived } = streams[0]!.bytes
    expect([wireBytesReceived, headerBytesReceived]).toEqual([refused.length, field('host', 'a')])
  })
})

describe('bytes of an answer', () => {
  it('are its lines, and all that was written', () => {
    const stream = received('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    stream.encodeInformational(responseHeaders(103, [['link', '</a>']]))
    stream.encodeHeaders(responseHeaders(200, [['x-a', 'b']]), false)
    stream.encodeData(latin1('hi'), true)
    const lines = 'link: </a>\r\nx-a: b\r\ntransfer-encoding: chunked\r\n'.length
    const { headerBytesSent, wireBytesSent, decompressedHeaderBytesSent } = stream.bytes
    expect([headerBytesSent, decompressedHeaderBytesSent]).toEqual([lines, lines])
    const starts = 'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'.length
    expect(wireBytesSent).toBe(lines + starts + '2\r\nhi\r\n0\r\n\r\n'.length)
  })
})

describe('bytes upstream', () => {
  it('are those of the request and of all its heads and body', () => {
    const client = new RecordingClient()
    const headers = requestHeaders([[':method', 'POST'], [':path', '/p'], [':authority', 'a'], ['x-a', '1']]) // prettier-ignore
    const stream = client.connection.newStream(new RecordedResponse())
    client.turn(() => {
      stream.encodeHeaders(headers, false)
      stream.encodeData(latin1('hi'), true)
    })
    const answer = 'HTTP/1.1 103 Early\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi'
    client.socket.push(answer)
    const { headerBytesReceived, headerBytesSent, wireBytesReceived, wireBytesSent } = stream.bytes
    expect([wireBytesSent, wireBytesReceived]).toEqual([client.socket.sent.length, answer.length])
    expect(headerBytesSent).toBe('Host: a\r\nx-a: 1\r\ntransfer-encoding: chunked\r\n'.length)
    expect(headerBytesReceived).toBe(field('link', '</a>') + field('content-length', '2'))
  })
})

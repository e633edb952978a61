import { responseHeaders } from '@nuncio/core'
import { describe, expect, it } from 'vitest'
import { type Recorded, RecordingServer } from '../testing/recording-server.ts'

const GET = 'GET /p HTTP/1.1\r\nHost: a.test\r\n\r\n'
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')
const SILENT = (): void => {}

function answering(status: number, pairs: [string, string][], body?: string): (request: Recorded) => void {
  return ({ stream }) => {
    stream.encodeHeaders(responseHeaders(status, pairs), body === undefined)
    if (body !== undefined) stream.encodeData(latin1(body), true)
  }
}

/** A server that has received `bytes` and answers nothing by itself. */
function received(bytes: string, options = {}): { server: RecordingServer; request: Recorded } {
  const server = new RecordingServer(options)
  server.answer = SILENT
  server.socket.push(bytes)
  return { server, request: server.requests[0]! }
}

describe('the head of a response', () => {
  it('goes out with a small body in one write', () => {
    const server = new RecordingServer()
    server.answer = answering(200, [['content-length', '5']], 'hello')
    server.socket.push(GET)
    expect(server.socket.sent).toBe('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello')
    expect(server.socket.writes).toBe(1)
  })

  it('goes out with a large body in one write, too', () => {
    const server = new RecordingServer()
    const body = 'x'.repeat(40_000)
    server.answer = answering(200, [['content-length', '40000']], body)
    server.socket.push(GET)
    expect(server.socket.sent).toBe(`HTTP/1.1 200 OK\r\ncontent-length: 40000\r\n\r\n${body}`)
    expect(server.socket.writes).toBe(1)
  })

  it('goes out with those of pipelined requests in one write', () => {
    const server = new RecordingServer()
    server.socket.push(GET.repeat(3))
    expect(server.statuses).toEqual([200, 200, 200])
    expect(server.socket.writes).toBe(1)
  })

  it('has exactly one framing field', () => {
    const framing = (answer: (request: Recorded) => void, bytes = GET): string[] => {
      const server = new RecordingServer({ acceptHttp10: true })
      server.answer = answer
      server.socket.push(bytes)
      const head = server.socket.sent.slice(0, server.socket.sent.indexOf('\r\n\r\n'))
      return head
        .split('\r\n')
        .slice(1)
        .filter((line) => /^(content-length|transfer-encoding|connection)/i.test(line))
    }
    const HEAD = GET.replace('GET', 'HEAD')
    const OLD = GET.replace('1.1', '1.0')
    expect(framing(answering(200, []))).toEqual(['content-length: 0'])
    expect(framing(answering(200, [], 'x'))).toEqual(['transfer-encoding: chunked'])
    expect(
      framing(
        answering(
          200,
          [
            ['content-length', '1'],
            ['transfer-encoding', 'chunked'],
          ],
          'x',
        ),
      ),
    ).toEqual(['content-length: 1'])
    expect(
      framing(
        answering(
          200,
          [
            ['content-length', '1'],
            ['content-length', '2'],
          ],
          'x',
        ),
      ),
    ).toEqual(['transfer-encoding: chunked'])
    expect(framing(answering(200, [['content-length', 'x']], 'x'))).toEqual(['transfer-encoding: chunked'])
    expect(framing(answering(200, [['content-length', '9']]))).toEqual(['content-length: 0'])
    expect(framing(answering(204, [['content-length', '9']]))).toEqual([])
    expect(framing(answering(304, [['content-length', '9']]))).toEqual(['content-length: 9'])
    expect(framing(answering(200, [['content-length', '9']]), HEAD)).toEqual(['content-length: 9'])
    expect(framing(answering(200, []), HEAD)).toEqual([])
    expect(framing(answering(200, [], 'x'), OLD)).toEqual(['connection: close'])
  })

  it('never carries what could end or split a line', () => {
    const server = new RecordingServer()
    server.answer = answering(200, [
      ['x-a', 'b\r\nset-cookie: c\0\u010ad'],
      ['x b', 'bad name'],
      ['x:c', 'bad name'],
    ])
    server.socket.push(GET)
    expect(server.socket.sent).toBe('HTTP/1.1 200 OK\r\nx-a: bset-cookie: cd\r\ncontent-length: 0\r\n\r\n')
  })

  it('answers 502 in place of a status that cannot be sent', () => {
    const server = new RecordingServer()
    server.answer = answering(999, [])
    server.socket.push(GET)
    expect(server.statuses).toEqual([502])
  })

  it('writes names in the format that was asked for', () => {
    const named = (headerKeyFormat: 'preserve' | 'proper' | 'lower'): string => {
      const server = new RecordingServer({ headerKeyFormat })
      server.answer = answering(200, [['X-mIXED_case', '1']])
      server.socket.push(GET)
      return server.socket.sent.slice(17, -4)
    }
    expect(named('preserve')).toBe('X-mIXED_case: 1\r\ncontent-length: 0')
    expect(named('proper')).toBe('X-Mixed_Case: 1\r\nContent-Length: 0')
    expect(named('lower')).toBe('x-mixed_case: 1\r\ncontent-length: 0')
  })
})

describe('the body of a response', () => {
  it('is cut into chunks anew, without empty ones in between', () => {
    const { server, request } = received(GET)
    server.turn(() => {
      request.stream.encodeHeaders(responseHeaders(200), false)
      request.stream.encodeData(latin1('hello'), false)
      request.stream.encodeData(latin1(''), false)
      request.stream.encodeData(latin1('world!'), true)
    })
    expect(server.socket.sent.split('\r\n\r\n').slice(1).join('\r\n\r\n')).toBe(
      '5\r\nhello\r\n6\r\nworld!\r\n0\r\n\r\n',
    )
    expect(server.socket.writes).toBe(1)
  })

  it('ends with trailers where they are enabled', () => {
    const trailers = responseHeaders(200, [
      ['x-sum', '1'],
      ['content-length', '4'],
      ['transfer-encoding', 'x'],
    ])
    const ending = (options: object): string => {
      const { server, request } = received(GET, options)
      server.turn(() => {
        request.stream.encodeHeaders(responseHeaders(200), false)
        request.stream.encodeData(latin1('hi'), false)
        request.stream.encodeTrailers(trailers)
      })
      return server.socket.sent.slice(server.socket.sent.indexOf('2\r\nhi'))
    }
    expect(ending({ enableTrailers: true })).toBe('2\r\nhi\r\n0\r\nx-sum: 1\r\n\r\n')
    expect(ending({})).toBe('2\r\nhi\r\n0\r\n\r\n')
  })

  it('is left out for HEAD, 204 and 304', () => {
    for (const [bytes, status] of [
      [GET.replace('GET', 'HEAD'), 200],
      [GET, 204],
      [GET, 304],
    ] as const) {
      const server = new RecordingServer()
      server.answer = answering(status, [], 'hello')
      server.socket.push(bytes)
      expect(server.socket.sent).not.toContain('hello')
      expect(server.socket.ended).toBe(false)
    }
  })

  it('runs until the connection closes for HTTP/1.0', () => {
    const server = new RecordingServer({ acceptHttp10: true })
    server.answer = answering(200, [], 'hello')
    server.socket.push('GET /p HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n')
    expect(server.socket.sent).toBe('HTTP/1.0 200 OK\r\nconnection: close\r\n\r\nhello')
    expect(server.socket.ended).toBe(true)
  })

  it('breaks the connection when it is longer or shorter than announced', () => {
    for (const body of ['toolong', 'x']) {
      const server = new RecordingServer()
      server.answer = answering(200, [['content-length', '3']], body)
      server.socket.push(GET)
      expect(server.socket.destroyed).toBe(true)
      expect(server.requests[0]!.reset).toBe('protocol error: http1.content_length_mismatch')
    }
  })

  it('pushes back while the client is slow', () => {
    const { server, request } = received(GET)
    server.socket.stall(true)
    let room = true
    server.turn(() => {
      request.stream.encodeHeaders(responseHeaders(200, [['content-length', '100000']]), false)
      room = request.stream.encodeData(Buffer.alloc(50_000, 97), false)
    })
    expect(room).toBe(false)
    expect(request.writable).toBe(0)
    server.socket.stall(false)
    expect(request.writable).toBe(1)
    server.turn(() => (room = request.stream.encodeData(Buffer.alloc(50_000, 97), true)))
    expect(room).toBe(true)
    expect(server.socket.sent.length).toBeGreaterThan(100_000)
  })
})

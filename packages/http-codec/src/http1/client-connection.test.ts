import { type RequestHeaders, requestHeaders, responseHeaders } from '@nuncio/core'
import { describe, expect, it } from 'vitest'
import { RecordedResponse, RecordingClient } from '../testing/recording-client.ts'
import type { ClientStream } from './client-stream.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')

function request(method = 'GET', lines: [string, string][] = [], path = '/p'): RequestHeaders {
  return requestHeaders([[':method', method], [':path', path], [':authority', 'a.test'], [':scheme', 'http'], ...lines])
}

/** A client that has sent a request; `body` undefined = it had none, '' = it is still to come. */
function sent(
  method = 'GET',
  lines: [string, string][] = [],
  endStream = true,
  options = {},
): { client: RecordingClient; response: RecordedResponse; stream: ClientStream } {
  const client = new RecordingClient(options)
  const response = new RecordedResponse()
  let stream: ClientStream | undefined
  client.turn(() => {
    stream = client.connection.newStream(response)
    stream.encodeHeaders(request(method, lines), endStream)
  })
  return { client, response, stream: stream! }
}

describe('the head of a request', () => {
  it('is in origin form with its host first, and goes out with the body in one write', () => {
    const client = new RecordingClient()
    client.turn(() => {
      const stream = client.connection.newStream(new RecordedResponse())
      stream.encodeHeaders(
        request('POST', [
          ['x-a', '1'],
          ['content-length', '5'],
        ]),
        false,
      )
      stream.encodeData(latin1('hello'), true)
    })
    expect(client.socket.sent).toBe('POST /p HTTP/1.1\r\nHost: a.test\r\nx-a: 1\r\ncontent-length: 5\r\n\r\nhello')
    expect(client.socket.writes).toBe(1)
  })

  it('names the host as it is, with its blanks', () => {
    const client = new RecordingClient()
    const headers = requestHeaders([[':method', 'GET'], [':path', '/'], [':authority', 'a, b']]) // prettier-ignore
    client.turn(() => client.connection.newStream(new RecordedResponse()).encodeHeaders(headers, true))
    expect(client.socket.sent).toBe('GET / HTTP/1.1\r\nHost: a, b\r\n\r\n')
  })

  it('has exactly one framing field where there is a body, and none where there is not', () => {
    const framing = (...args: Parameters<typeof sent>): string =>
      sent(...args)
        .client.socket.sent.split('\r\n')
        .slice(2, -2)
        .join('|')
    expect(framing('GET')).toBe('')
    expect(framing('DELETE')).toBe('')
    expect(framing('POST')).toBe('content-length: 0')
    expect(framing('PUT')).toBe('content-length: 0')
    expect(framing('PATCH', [['content-length', '7']])).toBe('content-length: 0')
    expect(framing('GET', [['content-length', '7']])).toBe('')
    expect(framing('GET', [['content-length', '0']])).toBe('content-length: 0')
    expect(framing('GET', [], false)).toBe('transfer-encoding: chunked')
    expect(framing('DELETE', [['content-length', '7']], false)).toBe('content-length: 7')
    expect(
      framing(
        'POST',
        [
          ['content-length', '7'],
          ['transfer-encoding', 'gzip'],
        ],
        false,
      ),
    ).toBe('content-length: 7')
    expect(
      framing(
        'POST',
        [
          ['content-length', '7'],
          ['content-length', '8'],
        ],
        false,
      ),
    ).toBe('transfer-encoding: chunked')
    expect(framing('POST', [['content-length', '-7']], false)).toBe('transfer-encoding: chunked')
  })

  it('drops what concerns one connection, and keeps TE for trailers', () => {
    const lines: [string, string][] = [
      ['Connection', 'x'],
      ['keep-alive', '1'],
      ['Proxy-Connection', 'x'],
      ['upgrade', 'h2c'],
      ['HTTP2-Settings', 'x'],
      ['te', 'trailers'],
      ['host', 'a.test'],
    ]
    expect(sent('GET', lines).client.socket.sent).toBe('GET /p HTTP/1.1\r\nHost: a.test\r\nte: trailers\r\n\r\n')
  })

  it('never carries what could end or split a line', () => {
    const client = new RecordingClient()
    client.turn(() => {
      const headers = requestHeaders([
        [':method', 'GE T'],
        [':path', '/a b\r\nX: 1\u010a'],
        [':authority', 'a\r\nX: 2'],
        ['x-a', '1\r\nX: 3'],
      ])
      client.connection.newStream(new RecordedResponse()).encodeHeaders(headers, true)
    })
    expect(client.socket.sent).toBe(
      'GET /a%20b%0D%0AX:%201%C4%8A HTTP/1.1\r\nHost: aX: 2\r\nx-a: 1X: 3\r\ncontent-length: 0\r\n\r\n',
    )
  })

  it('is absolute where that is asked for', () => {
    expect(sent('GET', [], true, { sendFullyQualifiedUrl: true }).client.socket.sent).toMatch(
      /^GET http:\/\/a\.test\/p HTTP\/1\.1\r\n/,
    )
  })

  it('names its fields in the format that was asked for', () => {
    expect(sent('POST', [['x-a', '1']], true, { headerKeyFormat: 'proper' }).client.socket.sent).toBe(
      'POST /p HTTP/1.1\r\nHost: a.test\r\nX-A: 1\r\nContent-Length: 0\r\n\r\n',
    )
    expect(sent('POST', [['X-A', '1']], true, { headerKeyFormat: 'lower' }).client.socket.sent).toBe(
      'POST /p HTTP/1.1\r\nhost: a.test\r\nx-a: 1\r\ncontent-length: 0\r\n\r\n',
    )
  })
})

describe('the body of a request', () => {
  it('is chunked without a length, and ends with trailers where they are enabled', () => {
    const { client, stream } = sent('POST', [], false, { enableTrailers: true })
    client.turn(() => {
      stream.encodeData(latin1('hello'), false)
      stream.encodeTrailers(
        responseHeaders(200, [
          ['x-t', '1'],
          ['host', 'b'],
        ]),
      )
    })
    expect(client.socket.sent.slice(client.socket.sent.indexOf('\r\n\r\n') + 4)).toBe(
      '5\r\nhello\r\n0\r\nx-t: 1\r\n\r\n',
    )
  })

  it('breaks the connection when it is longer or shorter than announced', () => {
    for (const body of ['toolong', 'x']) {
      const { client, response, stream } = sent('POST', [['content-length', '3']], false)
      client.turn(() => stream.encodeData(latin1(body), true))
      expect(client.socket.destroyed).toBe(true)
      expect(client.socket.sent).not.toContain('toolong')
      expect(response.reset).toBe('protocol error: http1.content_length_mismatch')
    }
  })

  it('pushes back while the upstream is slow', () => {
    const { client, response, stream } = sent('POST', [['content-length', '100000']], false)
    client.socket.stall(true)
    let room = true
    client.turn(() => (room = stream.encodeData(Buffer.alloc(50_000), false)))
    expect([room, response.writable]).toEqual([false, 0])
    client.socket.stall(false)
    expect(response.writable).toBe(1)
  })

  it('marks memory that the socket still needs', () => {
    const { client, stream } = sent('POST', [['content-length', '100000']], false)
    client.batch.retained = false
    client.turn(() => stream.encodeData(Buffer.alloc(50_000), false))
    expect(client.batch.retained).toBe(false)
    client.socket.stall(true)
    client.turn(() => stream.encodeData(Buffer.alloc(50_000), true))
    expect(client.batch.retained).toBe(true)
  })
})

describe('a connection', () => {
  it('carries one request after another', () => {
    const client = new RecordingClient()
    for (let i = 1; i <= 3; i++) {
      const response = new RecordedResponse()
      client.turn(() => client.connection.newStream(response).encodeHeaders(request(), true))
      client.socket.push(OK)
      expect(response).toMatchObject({ status: 200, body: 'hi', done: true, late: 0 })
      expect(client.connection.streamsBegun).toBe(i)
    }
    expect(client.events).toEqual(['reusable', 'reusable', 'reusable'])
  })

  it('may be used again from within onIdle', () => {
    const { client } = sent()
    const second = new RecordedResponse()
    client.onIdleNow = () => {
      client.onIdleNow = undefined
      client.connection.newStream(second).encodeHeaders(request('GET', [], '/second'), true)
    }
    client.socket.push(OK)
    expect(client.socket.sent).toContain('/second')
    client.socket.push(OK)
    expect(second.body).toBe('hi')
  })

  it('gives no stream while it is busy or not connected', () => {
    const { client } = sent()
    const other = new RecordedResponse()
    client.turn(() => client.connection.newStream(other).encodeHeaders(request('GET', [], '/other'), true))
    expect(client.socket.sent).not.toContain('/other')
    const fresh = new RecordingClient({}, false)
    expect(fresh.connection.idle).toBe(false)
    fresh.socket.emit('connect')
    expect([fresh.connection.idle, fresh.events]).toEqual([true, ['connected']])
  })

  it('goes when bytes come that nobody asked for', () => {
    const client = new RecordingClient()
    client.socket.push(OK)
    expect(client.socket.destroyed).toBe(true)
    expect(client.events).toEqual(['close http1.unsolicited_response'])
  })

  it('goes when a response comes before its request has left', () => {
    const client = new RecordingClient()
    const response = new RecordedResponse()
    client.batch.enter()
    client.connection.newStream(response).encodeHeaders(request(), true)
    client.socket.push(OK)
    client.batch.leave()
    expect(response.reset).toBe('protocol error: http1.premature_response')
    expect(client.socket.destroyed).toBe(true)
    expect(client.socket.sent).toBe('')
  })

  it('goes after an answer that came before the end of the request, which is delivered whole', () => {
    const { client, response, stream } = sent('POST', [['content-length', '10']], false)
    client.socket.push(OK)
    expect(response).toMatchObject({ status: 200, body: 'hi', done: true })
    expect(client.socket.destroyed).toBe(true)
    expect(client.events).toEqual(['not reusable', 'close '])
    client.turn(() => expect(stream.encodeData(latin1('0123456789'), true)).toBe(true))
    expect(response.late).toBe(0)
  })

  it('tells of a connection that could not be made', () => {
    const client = new RecordingClient({}, false)
    client.socket.pushReset()
    expect(client.events).toEqual(['close ECONNRESET'])
    expect(client.connection.connected).toBe(false)
  })

  it('resets its stream when the upstream goes away', () => {
    const fin = sent()
    fin.client.socket.pushEnd()
    expect(fin.response.reset).toBe('connection termination: upstream_remote_disconnect')
    const rst = sent()
    rst.client.socket.pushReset()
    expect(rst.response.reset).toBe('connection termination: ECONNRESET')
    expect(rst.client.events).toEqual(['not reusable', 'close ECONNRESET'])
    const idle = new RecordingClient()
    idle.socket.pushEnd()
    expect(idle.events).toEqual(['close '])
  })

  it.each([
    ['a status line', 'HTTP/1.1 2', 'protocol error'],
    ['a head', 'HTTP/1.1 200 OK\r\nA: 1\r\n', 'protocol error'],
    ['a body', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab', 'protocol error'],
    ['a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nab', 'protocol error'],
    ['trailers', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: 1\r\n', 'protocol error'],
    ['what comes before a response', 'HTTP/1.1 103 Early\r\n\r\n', 'connection termination'],
  ])('tells an upstream that goes away within %s', (_, bytes, reason) => {
    const fin = sent()
    fin.client.socket.push(bytes)
    fin.client.socket.pushEnd()
    expect(fin.response.reset).toBe(`${reason}: upstream_remote_disconnect`)
    const rst = sent()
    rst.client.socket.push(bytes)
    rst.client.socket.pushReset()
    expect(rst.response.reset).toBe(`${reason}: ECONNRESET`)
  })

  it('is closed by its user, in the middle or idle', () => {
    const { client, response } = sent()
    client.connection.close()
    expect(response.reset).toBe('connection termination: local_close')
    expect(client.socket.destroyed).toBe(true)
    const { client: other, stream, response: untold } = sent()
    other.turn(() => stream.reset('local reset'))
    expect(other.socket.destroyed).toBe(true)
    expect(untold.reset).toBeUndefined()
    expect(other.events).toEqual(['not reusable', 'close local_reset'])
  })

  it('stops reading while its stream says so', () => {
    const { client, response, stream } = sent()
    stream.readDisable(true)
    client.socket.push(OK)
    expect(response.status).toBe(0)
    client.turn(() => stream.readDisable(false))
    expect(response.body).toBe('hi')
    expect(client.connection.idle).toBe(true)
  })
})

describe('pipes', () => {
  const upgrading = (): ReturnType<typeof sent> => {
    const client = new RecordingClient()
    const response = new RecordedResponse()
    let stream: ClientStream | undefined
    client.turn(() => {
      stream = client.connection.newStream(response)
      const headers = request('GET', [
        ['connection', 'Upgrade'],
        ['upgrade', 'websocket'],
      ])
      headers.protocol = 'websocket'
      stream.encodeHeaders(headers, false)
    })
    return { client, response, stream: stream! }
  }
  const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

  it('are asked for with Connection and Upgrade, and no framing', () => {
    expect(upgrading().client.socket.sent).toBe(
      'GET /p HTTP/1.1\r\nHost: a.test\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n',
    )
    const client = new RecordingClient()
    client.turn(() => {
      const headers = request()
      headers.protocol = 'websocket'
      client.connection.newStream(new RecordedResponse()).encodeHeaders(headers, false)
    })
    expect(client.socket.sent).toBe(
      'GET /p HTTP/1.1\r\nHost: a.test\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n',
    )
  })

  it('let no byte out before they are open', () => {
    const { client, response, stream } = upgrading()
    const before = client.socket.sent
    client.turn(() => stream.encodeData(latin1('early'), false))
    expect(client.socket.sent).toBe(before)
    client.socket.push(`${SWITCH}down`)
    expect(client.socket.sent).toBe(`${before}early`)
    expect(response).toMatchObject({ status: 101, body: 'down', done: false })
    expect(response.lines).toEqual(['Connection: Upgrade', 'Upgrade: websocket'])
  })

  it('are never used again, and half-close both ways', () => {
    const { client, response, stream } = upgrading()
    client.socket.push(SWITCH)
    client.turn(() => stream.encodeData(latin1('bye'), true))
    expect([client.socket.ended, client.socket.destroyed]).toEqual([true, false])
    client.socket.push('still here')
    client.socket.pushEnd()
    expect(response).toMatchObject({ body: 'still here', done: true, reset: undefined, late: 0 })
    expect(client.socket.destroyed).toBe(true)
    expect(client.events).toEqual(['not reusable', 'close '])
  })

  it('let the proxy finish after the upstream has', () => {
    const { client, response, stream } = upgrading()
    client.socket.push(SWITCH)
    client.socket.pushEnd()
    expect(response.done).toBe(true)
    client.turn(() => stream.encodeData(latin1('late'), true))
    expect(client.socket.sent.endsWith('late')).toBe(true)
    expect(client.socket.destroyed).toBe(true)
  })

  it('are refused like any other request, and what was to go in is dropped', () => {
    const { client, response, stream } = upgrading()
    client.turn(() => stream.encodeData(latin1('early'), false))
    client.socket.push('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno')
    expect(response).toMatchObject({ status: 403, body: 'no', done: true })
    expect(client.socket.sent).not.toContain('early')
    expect(client.socket.destroyed).toBe(true)
  })

  it('refuse a 101 without Upgrade, and one with a body', () => {
    for (const head of [
      'HTTP/1.1 101 Switching\r\nConnection: upgrade\r\n\r\n',
      SWITCH.replace('\r\n\r\n', '\r\nContent-Length: 5\r\n\r\n'),
    ]) {
      const { client, response } = upgrading()
      client.socket.push(head)
      expect(response.reset).toMatch(/^protocol error/)
      expect(client.socket.destroyed).toBe(true)
    }
  })

  it('take a 200 to an upgrade for a plain answer, not for a tunnel', () => {
    const { client, response } = upgrading()
    client.socket.push('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi')
    expect(response).toMatchObject({ status: 200, body: 'hi', done: true })
    expect(client.socket.destroyed).toBe(true)
  })

  it('open for CONNECT with 200', () => {
    const client = new RecordingClient()
    const response = new RecordedResponse()
    let stream: ClientStream | undefined
    client.turn(() => {
      stream = client.connection.newStream(response)
      stream.encodeHeaders(
        requestHeaders([
          [':method', 'CONNECT'],
          [':authority', 'b.test:443'],
        ]),
        false,
      )
    })
    expect(client.socket.sent).toBe('CONNECT b.test:443 HTTP/1.1\r\nHost: b.test:443\r\n\r\n')
    client.socket.push('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello')
    expect(response).toMatchObject({ status: 200, lines: [], body: 'hello', done: false })
    client.turn(() => stream!.encodeData(latin1('up'), false))
    expect(client.socket.sent.endsWith('\r\n\r\nup')).toBe(true)
  })
})

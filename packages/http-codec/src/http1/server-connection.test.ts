import { responseHeaders } from '@nuncio/core'
import { describe, expect, it } from 'vitest'
import { MemorySocket } from '../testing/memory-socket.ts'
import { type Recorded, RecordingServer } from '../testing/recording-server.ts'
import { http1Options } from './options.ts'
import { ServerConnection } from './server-connection.ts'

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

it('ends with its connection when its user throws, and tells it', () => {
  const server = new RecordingServer()
  const bug = new Error('a bug')
  server.bugs = []
  server.answer = () => {
    throw bug
  }
  server.socket.push(GET)
  expect([server.bugs, server.socket.destroyed]).toEqual([[bug], true])
  expect(server.requests[0]!.reset).toMatch(/^connection termination/)
  expect(server.events).toEqual(['close '])
})

describe('persistence', () => {
  const closing = (bytes: string, options = {}): [boolean, string] => {
    const server = new RecordingServer(options)
    server.socket.push(bytes)
    return [server.socket.ended, /^connection: (.*)\r$/m.exec(server.socket.sent)?.[1] ?? '']
  }

  it('follows version and Connection, and says so', () => {
    expect(closing(GET)).toEqual([false, ''])
    expect(closing('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).toEqual([true, 'close'])
    expect(closing('GET / HTTP/1.0\r\nHost: a\r\n\r\n', { acceptHttp10: true })).toEqual([true, 'close'])
    expect(closing('GET / HTTP/1.0\r\nHost: a\r\nConnection: Keep-Alive\r\n\r\n', { acceptHttp10: true })).toEqual([
      false,
      'keep-alive',
    ])
    expect(closing('GET / HTTP/1.0\r\nHost: a\r\n\r\n')).toEqual([true, 'close'])
  })

  it('ends with the next response after drain', () => {
    const server = new RecordingServer()
    server.socket.push(GET)
    server.connection.drain()
    expect(server.socket.ended).toBe(false)
    server.socket.push(GET)
    expect(server.socket.sent).toContain('connection: close\r\n')
    expect(server.socket.ended).toBe(true)
    expect(server.events).toEqual(['finishing'])
    expect(server.connection.streamsHandled).toBe(2)
  })

  it('tells that it ends, and again when a slow client has taken the last answer', () => {
    const { server, request } = received('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    server.socket.stall(true)
    server.turn(() => {
      request.stream.encodeHeaders(responseHeaders(200, [['content-length', '50000']]), false)
      request.stream.encodeData(Buffer.alloc(50_000, 97), true)
    })
    expect(server.connection.unwritten).toBeGreaterThan(50_000)
    expect(server.events).toEqual(['finishing'])
    server.socket.stall(false)
    expect(server.events).toEqual(['finishing', 'finishing'])
    expect(server.socket.sent.length).toBeGreaterThan(50_000)
    expect(server.socket.destroyed).toBe(false)
  })

  it('does not wait for a peer behind a tunnel that this side has ended', () => {
    const { server, request } = received('GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n')
    server.turn(() => {
      request.stream.encodeHeaders(responseHeaders(101), false)
      request.stream.encodeData(Buffer.from('bye'), true)
    })
    expect([server.connection.ending, server.socket.ended, server.events]).toEqual([true, true, []])
    server.connection.close('delayed')
    expect([server.socket.destroyed, server.events]).toEqual([false, ['finishing']])
    server.socket.push('late')
    expect(request.body).toBe('')
    server.socket.pushEnd()
    expect([server.connection.ending, server.socket.destroyed]).toEqual([false, true])
  })

  it('passes over what comes while it finishes, until the peer closes', () => {
    const server = new RecordingServer()
    server.socket.push('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    server.socket.push(GET)
    expect(server.requests).toHaveLength(1)
    server.socket.pushEnd()
    expect(server.socket.destroyed).toBe(true)
    expect(server.events).toEqual(['finishing', 'close '])
  })

  it('closes behind an answer that came before the end of the request', () => {
    const { server, request } = received('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc')
    server.turn(() => request.stream.encodeHeaders(responseHeaders(413), true))
    expect(server.socket.sent).toContain('connection: close\r\n')
    expect(server.socket.ended).toBe(true)
    server.socket.push('defghij')
    expect(request.body).toBe('abc')
    expect(request.reset).toBeUndefined()
  })

  it('survives an early answer when the rest of the request is in hand', () => {
    const server = new RecordingServer()
    const refuse = { onRequest: server.onRequest.bind(server) }
    server.onRequest = (stream) => {
      const decoder = refuse.onRequest(stream)
      decoder.onHeaders = () => stream.encodeHeaders(responseHeaders(403), true)
      return decoder
    }
    server.socket.push(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc${GET}`)
    expect(server.statuses).toEqual([403, 403])
    expect(server.socket.ended).toBe(false)
    expect(server.connection.streamsHandled).toBe(2)
    expect(server.requests[0]!.body).toBe('')
  })

  it('closes at once, after writing, or with patience', () => {
    const abort = received(GET)
    abort.server.connection.close('abort')
    expect(abort.server.socket.destroyed).toBe(true)
    expect(abort.request.reset).toBe('connection termination: local_close')
    const flush = new RecordingServer()
    flush.connection.close('flush')
    expect([flush.socket.ended, flush.socket.destroyed]).toEqual([true, true])
    const delayed = new RecordingServer()
    delayed.connection.close('delayed')
    expect([delayed.socket.ended, delayed.socket.destroyed, delayed.events]).toEqual([true, false, ['finishing']])
  })
})

describe('receiving', () => {
  it('tells when a head has come in part, once, and since when', () => {
    const server = new RecordingServer()
    server.socket.push('GET / HT')
    server.time.advance(50)
    server.socket.push('TP/1.1\r\n')
    expect(server.events).toEqual(['partial head'])
    expect(server.connection.partialHeadMs).toBe(1_000_003)
    server.socket.push('Host: a\r\n\r\n')
    expect(server.requests[0]!.stream.startMs).toBe(1_000_003)
    expect(server.connection.partialHeadMs).toBe(-1)
    expect(server.connection.busy).toBe(false)
  })

  it('tells of a head that the peer does not finish, once, and of one that is only begun with an empty line', () => {
    const ends = (said: string, how: 'pushEnd' | 'pushReset'): readonly string[] => {
      const server = new RecordingServer()
      server.socket.push(said)
      server.socket[how]()
      server.socket.destroy()
      expect(server.requests).toHaveLength(said.length > GET.length ? 1 : 0)
      return server.events.filter((event) => event.startsWith('broken'))
    }
    for (const how of ['pushEnd', 'pushReset'] as const) {
      expect(ends('GET / HT', how)).toEqual(['broken head of 8 bytes'])
      expect(ends(`${GET}bytes`, how)).toEqual(['broken head of 5 bytes'])
      expect(ends('\r\n', how)).toEqual(['broken head of 0 bytes'])
      expect(ends('', how)).toEqual([])
    }
  })

  it('takes what others read before', () => {
    const other = new RecordingServer()
    const socket = new MemorySocket()
    const connection = new ServerConnection(socket, other, http1Options(), other.batch)
    connection.start(latin1(GET.slice(0, 10)))
    socket.push(GET.slice(10))
    expect(socket.sent).toContain('200 OK')
    expect(connection.bytesReceived).toBe(GET.length)
  })

  it('keeps later requests waiting, in order, and stops reading when too many wait', () => {
    const { server, request } = received(GET)
    server.socket.push(GET.replace('/p', '/second').repeat(2))
    expect(server.requests).toHaveLength(1)
    expect(server.socket.paused).toBe(false)
    for (let i = 0; i < 100; i++)
      server.socket.push('GET /more HTTP/1.1\r\nHost: a\r\nX: '.padEnd(1000, 'x') + '\r\n\r\n')
    expect(server.socket.paused).toBe(true)
    server.answer = answering(200, [])
    server.turn(() => request.stream.encodeHeaders(responseHeaders(200), true))
    expect(server.requests.slice(0, 4).map((r) => r.path)).toEqual(['/p', '/second', '/second', '/more'])
    expect(server.requests).toHaveLength(103)
    expect(server.statuses).toHaveLength(103)
    expect(server.socket.paused).toBe(false)
  })

  it('begins no further request while the client does not take the answers', () => {
    const server = new RecordingServer()
    server.answer = answering(200, [['content-length', '20000']], `${'x'.repeat(19_998)}\r\n`)
    server.socket.stall(true)
    for (let i = 0; i < 5; i++) server.socket.push(GET.repeat(500))
    server.socket.pushEnd()
    expect(server.requests).toHaveLength(1)
    expect(server.events).toEqual([])
    expect(server.socket.paused).toBe(true)
    expect(server.connection.unwritten).toBeLessThan(30_000)
    server.socket.stall(false)
    expect(server.requests.length).toBeGreaterThan(1500)
    expect(server.statuses).toHaveLength(server.requests.length)
  })

  it('leaves the socket alone behind an answer over TLS, which is always written a little later', () => {
    const server = new RecordingServer({}, true)
    server.socket.stall(true)
    server.socket.push(GET)
    server.socket.push(GET)
    expect(server.requests).toHaveLength(2)
    expect(server.socket.calls).toBe(2)
    server.socket.stall(false)
    expect(server.statuses).toEqual([200, 200])
  })

  it('tells over TLS too that a slow client has taken what waited', () => {
    const server = new RecordingServer({}, true)
    const body = Buffer.alloc(100_000, 97)
    let second: boolean | undefined
    server.answer = ({ stream }) => {
      stream.encodeHeaders(responseHeaders(200, [['content-length', '300000']]), false)
      expect(stream.encodeData(body, false)).toBe(true)
      second = stream.encodeData(body, false)
    }
    server.socket.stall(true)
    server.socket.push(GET)
    expect(second).toBe(false)
    expect(server.requests[0]!.writable).toBe(0)
    server.socket.stall(false)
    expect(server.requests[0]!.writable).toBe(1)
  })

  it('gives up on a head that does not come to its end', () => {
    const server = new RecordingServer()
    server.connection.refuseHead('http1.request_header_timeout')
    expect(server.events).toEqual([])
    server.socket.push('GET / HT')
    server.turn(() => server.connection.refuseHead('http1.request_header_timeout'))
    expect(server.statuses).toEqual([408])
    expect(server.socket.ended).toBe(true)
    server.socket.push('TP/1.1\r\nHost: a\r\n\r\n')
    expect(server.statuses).toEqual([408])
  })

  it('counts who has stopped the reading', () => {
    const { server, request } = received('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n')
    request.stream.readDisable(true)
    request.stream.readDisable(true)
    request.stream.readDisable(false)
    server.socket.push('abc')
    expect(request.body).toBe('')
    server.turn(() => request.stream.readDisable(false))
    server.socket.push('def')
    expect(request.body).toBe('abcdef')
  })

  it('hands trailers on where they are enabled, without what must not be there', () => {
    const bytes =
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-T: 1\r\nTE: x\r\nAuthorization: x\r\n\r\n'
    expect(received(bytes, { enableTrailers: true }).request.trailers).toEqual(['X-T: 1'])
    expect(received(bytes).request).toMatchObject({ trailers: undefined, done: true, body: 'hi' })
  })

  it('resets a stream whose client has closed its half before the answer', () => {
    const { server, request } = received(GET.repeat(3))
    server.socket.pushEnd()
    expect(request.reset).toBe('connection termination: downstream_remote_disconnect')
    expect([server.requests.length, server.statuses, server.socket.destroyed]).toEqual([1, [], true])
  })

  it('lets an answer go out that was complete before the half-close', () => {
    const { server, request } = received(GET)
    server.turn(() => request.stream.encodeHeaders(responseHeaders(200), true))
    server.socket.pushEnd()
    expect([server.statuses, server.socket.ended]).toEqual([[200], true])
  })

  it('resets a stream whose client went away in the middle', () => {
    const { server, request } = received('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc')
    server.socket.pushEnd()
    expect(request.reset).toBe('connection termination: downstream_remote_disconnect')
    const other = received(GET)
    other.server.socket.pushReset()
    expect(other.request.reset).toBe('connection termination: downstream_remote_disconnect')
    expect(other.server.events).toEqual(['close ECONNRESET'])
  })

  it('closes an idle connection that the client has closed', () => {
    const server = new RecordingServer()
    server.socket.push(GET)
    server.socket.pushEnd()
    expect(server.socket.destroyed).toBe(true)
    expect(server.events).toEqual(['close '])
  })

  it('resets a stream whose body breaks after its response began', () => {
    const { server, request } = received('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
    server.turn(() => request.stream.encodeHeaders(responseHeaders(200), false))
    server.socket.push('bad\n')
    expect(request.reset).toBe('protocol error: http1.bare_lf')
    expect(server.socket.destroyed).toBe(true)
  })

  it('answers by itself where its user does not', () => {
    const socket = new MemorySocket()
    const { batch } = new RecordingServer()
    const connection = new ServerConnection(socket, { onRequest: () => expect.fail() }, http1Options(), batch)
    connection.start()
    socket.push('nonsense\r\n\r\n')
    expect(socket.sent).toBe('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
    expect(socket.ended).toBe(true)
  })

  it('lets the user end a stream, and the connection with it', () => {
    const { server, request } = received(GET)
    request.stream.reset('local reset')
    expect(server.socket.destroyed).toBe(true)
    server.turn(() => request.stream.encodeHeaders(responseHeaders(200), true))
    expect(server.socket.sent).toBe('')
    expect(request.reset).toBeUndefined()
  })
})

describe('interim responses', () => {
  it('go before the final one, and not to HTTP/1.0', () => {
    const { server, request } = received(
      'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n',
    )
    expect(request.lines).toContain('Expect: 100-continue')
    server.turn(() => {
      request.stream.encodeInformational(responseHeaders(100))
      request.stream.encodeInformational(
        responseHeaders(103, [
          ['link', '</a>'],
          ['content-length', '3'],
        ]),
      )
      request.stream.encodeInformational(responseHeaders(101))
    })
    expect(server.socket.sent).toBe('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n')
    const old = received('GET / HTTP/1.0\r\nHost: a\r\n\r\n', { acceptHttp10: true })
    old.server.turn(() => old.request.stream.encodeInformational(responseHeaders(103)))
    expect(old.server.socket.sent).toBe('')
  })
})

describe('pipes', () => {
  const UPGRADE =
    'GET /chat HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: x\r\n\r\n'
  const accepted = (): ReturnType<typeof received> => {
    const both = received(`${UPGRADE}early`)
    both.server.turn(() =>
      both.request.stream.encodeHeaders(
        responseHeaders(101, [
          ['upgrade', 'websocket'],
          ['connection', 'upgrade'],
        ]),
        false,
      ),
    )
    return both
  }

  it('names the protocol and keeps the fields that ask for it', () => {
    const { request } = received(UPGRADE)
    expect(request.protocol).toBe('WebSocket')
    expect(request.lines).toEqual(['Connection: Upgrade', 'Upgrade: WebSocket', 'Sec-WebSocket-Key: x'])
    expect(request.done).toBe(false)
  })

  it('let no byte through before the upgrade is accepted', () => {
    const { server, request } = received(`${UPGRADE}early`)
    server.socket.push(' bytes')
    expect(request.body).toBe('')
    server.turn(() => request.stream.encodeHeaders(responseHeaders(101, [['upgrade', 'websocket']]), false))
    expect(server.socket.sent).toBe(
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\r\n',
    )
    expect(request.body).toBe('early bytes')
  })

  it('carry data both ways as it is, and half-closes', () => {
    const { server, request } = accepted()
    server.turn(() => request.stream.encodeData(latin1('down'), false))
    server.socket.push('up')
    expect(server.socket.sent.endsWith('\r\n\r\ndown')).toBe(true)
    expect(request.body).toBe('earlyup')
    server.socket.pushEnd()
    expect(request.done).toBe(true)
    expect(server.socket.ended).toBe(false)
    server.turn(() => request.stream.encodeData(latin1('bye'), true))
    expect(server.socket.sent.endsWith('downbye')).toBe(true)
    expect(server.socket.destroyed).toBe(true)
    expect(request.reset).toBeUndefined()
  })

  it('can be closed from the proxy first', () => {
    const { server, request } = accepted()
    server.turn(() => request.stream.encodeData(latin1('bye'), true))
    expect(server.socket.ended).toBe(true)
    server.socket.push('more')
    server.socket.pushEnd()
    expect(request.body).toBe('earlymore')
    expect(request.done).toBe(true)
    expect(server.socket.destroyed).toBe(true)
  })

  it('are given up with a client that ends without a byte for them', () => {
    const { server, request } = received(UPGRADE)
    server.socket.pushEnd()
    expect(request.reset).toContain('connection termination')
    expect(server.socket.destroyed).toBe(true)
  })

  it('deliver a FIN that came before the upgrade was accepted', () => {
    const { server, request } = received(`${UPGRADE}early`)
    server.socket.pushEnd()
    server.turn(() => request.stream.encodeHeaders(responseHeaders(101), false))
    expect(request.body).toBe('early')
    expect(request.done).toBe(true)
    expect(server.socket.sent).toContain('upgrade: WebSocket\r\n')
  })

  it('close when they are refused, so that early bytes are never read as a request', () => {
    const { server, request } = received(`${UPGRADE}${GET}`)
    server.turn(() => request.stream.encodeHeaders(responseHeaders(403), true))
    expect(server.requests).toHaveLength(1)
    expect(server.socket.sent).toBe('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
    expect(server.socket.ended).toBe(true)
  })

  it('open for CONNECT with any 2xx, without framing fields', () => {
    const { server, request } = received('CONNECT b.test:443 HTTP/1.1\r\nHost: a\r\n\r\nhello')
    expect(request).toMatchObject({ method: 'CONNECT', host: 'b.test:443', path: '', body: '' })
    server.turn(() =>
      request.stream.encodeHeaders(
        responseHeaders(200, [
          ['content-length', '5'],
          ['transfer-encoding', 'chunked'],
        ]),
        false,
      ),
    )
    expect(server.socket.sent).toBe('HTTP/1.1 200 OK\r\n\r\n')
    expect(request.body).toBe('hello')
  })

  it('reset a stream that answers 101 to what was no upgrade', () => {
    const { server, request } = received(GET)
    server.turn(() => request.stream.encodeHeaders(responseHeaders(101), false))
    expect(server.socket.destroyed).toBe(true)
    expect(server.socket.sent).toBe('')
  })
})

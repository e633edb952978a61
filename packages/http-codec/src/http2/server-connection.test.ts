import { requestHeaders, responseHeaders } from '@nuncio/core'
import { describe, expect, test } from 'vitest'
import { ACK, END_HEADERS, END_STREAM, FRAME, frame, get, literals, setting, uint32 } from '../testing/http2-frames.ts'
import { MemoryHttp2Server, type ReceivedRequest } from '../testing/http2-server.ts'

const BLOCK = literals(get())
const head = (stream: number, end = true, block: Uint8Array = BLOCK): Buffer =>
  frame(FRAME.HEADERS, END_HEADERS | (end ? END_STREAM : 0), stream, block)
const data = (stream: number, text: string, end = false): Buffer =>
  frame(FRAME.DATA, end ? END_STREAM : 0, stream, Buffer.from(text, 'latin1'))
const rst = (stream: number, code = 8): Buffer => frame(FRAME.RST_STREAM, 0, stream, uint32(code))
const windowUpdate = (stream: number, by: number): Buffer => frame(FRAME.WINDOW_UPDATE, 0, stream, uint32(by))
const priority = (stream: number, on: number): Buffer => frame(FRAME.PRIORITY, 0, stream, Buffer.concat([uint32(on), Buffer.of(1)])) // prettier-ignore
const settings = (id: number, value: number): Buffer => frame(FRAME.SETTINGS, 0, 0, setting(id, value))
const post = (...more: [string, string][]): Buffer => literals([[':method', 'POST'], [':scheme', 'http'], [':path', '/'], [':authority', 'a.test'], ...more]) // prettier-ignore

/** Requests are answered at once, with a body of five bytes. */
function answering(server: MemoryHttp2Server): MemoryHttp2Server {
  server.onHead = ({ stream }) => {
    stream.encodeHeaders(responseHeaders(200), false)
    stream.encodeData(Buffer.from('hello'), true)
  }
  return server
}
const open = (options = {}): MemoryHttp2Server => new MemoryHttp2Server(options).hello()

describe('a request', () => {
  test('is handed over with its headers, body and trailers, and answered', () => {
    const server = open()
    server.send(
      head(1, false, post(['x-a', 'b'])),
      data(1, 'one'),
      data(1, 'two'),
      head(1, true, literals([['x-t', '1']])),
    )
    const [request] = server.requests as [ReceivedRequest]
    expect(request.lines).toEqual(['headers', 'data one', 'data two', 'trailers'])
    expect([request.headers.method, request.headers.authority, request.headers.get('x-a')]).toEqual(['POST', 'a.test', 'b']) // prettier-ignore
    expect(request.trailers?.get('x-t')).toBe('1')
    request.stream.encodeInformational(responseHeaders(103))
    request.stream.encodeHeaders(responseHeaders(200), false)
    expect(request.stream.encodeData(Buffer.from('hello'), false)).toBe(true)
    request.stream.encodeTrailers(requestHeaders([['x-t', '2']]))
    server.socket.run(() => {})
    expect(server.connection.activeStreams).toBe(0)
  })

  test('and its answer leave in one write for each turn', () => {
    const server = answering(open())
    const before = server.socket.writes
    server.send(head(1), head(3), head(5))
    expect(server.socket.writes).toBe(before + 1)
    expect(server.told).toEqual(['HEADERS[1]', 'DATA[1] 5 end', 'HEADERS[3]', 'DATA[3] 5 end', 'HEADERS[5]', 'DATA[5] 5 end']) // prettier-ignore
  })

  test('that is answered before its end is told to stop, and what still comes is passed over', () => {
    const server = answering(open())
    server.send(head(1, false, post()))
    expect(server.told).toEqual(['HEADERS[1]', 'DATA[1] 5 end', 'RST_STREAM[1] 0'])
    server.send(data(1, 'late'), data(1, 'later', true))
    expect(server.violations).toEqual([])
  })

  test('waits as a copy while reading is disabled, and comes as one piece afterwards', async () => {
    const server = open()
    server.onHead = ({ stream }) => stream.readDisable(true)
    server.send(head(1, false, post()), data(1, 'one'), data(1, 'two', true))
    const [request] = server.requests as [ReceivedRequest]
    expect(request.lines).toEqual(['headers'])
    server.socket.run(() => request.stream.readDisable(false))
    await Promise.resolve()
    expect(request.lines).toEqual(['headers', 'data onetwo end'])
  })

  test('whose end came empty while reading was disabled ends when it is read again', async () => {
    const server = open()
    server.onHead = ({ stream }) => stream.readDisable(true)
    server.send(head(1, false, post()), data(1, '', true))
    const [request] = server.requests as [ReceivedRequest]
    server.socket.run(() => request.stream.readDisable(false))
    await Promise.resolve()
    expect(request.lines).toEqual(['headers', 'data  end'])
  })

  test('over extended CONNECT is an upgrade, where that is offered', () => {
    const fields = literals([[':method', 'CONNECT'], [':protocol', 'websocket'], [':scheme', 'http'], [':path', '/chat'], [':authority', 'a.test']]) // prettier-ignore
    const server = open({ allowConnect: true }).send(head(1, false, fields))
    const { headers } = server.requests[0]!
    expect([headers.method, headers.protocol, headers.get('upgrade')]).toEqual(['GET', 'websocket', 'websocket'])
    expect(open().send(head(1, false, fields)).violations).toEqual(['http2.invalid_protocol'])
  })

  test('beyond max_concurrent_streams is refused, and may come again later', () => {
    const server = open({ maxConcurrentStreams: 1 }).send(head(1), head(3))
    expect(server.told).toEqual(['RST_STREAM[3] 7'])
    expect([server.requests.length, server.stat('stream_refused_errors')]).toEqual([1, 1])
  })

  test('that is reset tells why', () => {
    const server = open().send(head(1, false, post()), rst(1, 8), head(3, false, post()), rst(3, 7))
    expect(server.requests.map(({ lines }) => lines.at(-1))).toEqual([
      'reset remote reset http2.remote_reset',
      'reset remote refused stream reset http2.remote_refuse',
    ])
    expect(server.stat('rx_reset')).toBe(2)
  })
})

describe('a rule of RFC 9113 that is broken', () => {
  const started = (server: MemoryHttp2Server): MemoryHttp2Server => server.send(head(1, false, post()))
  const answered = (server: MemoryHttp2Server): MemoryHttp2Server => answering(server).send(head(1))
  const nothing = (server: MemoryHttp2Server): MemoryHttp2Server => server

  test.each<[string, (server: MemoryHttp2Server) => MemoryHttp2Server, Buffer[], string]>([
    ['5.1 DATA on an idle stream', nothing, [data(1, 'x')], 'GOAWAY 0 1'],
    ['5.1 RST_STREAM on an idle stream', nothing, [rst(1)], 'GOAWAY 0 1'],
    ['5.1 WINDOW_UPDATE on an idle stream', nothing, [windowUpdate(1, 1)], 'GOAWAY 0 1'],
    ['5.1 DATA on a half-closed stream', nothing, [head(1), data(1, 'x')], 'RST_STREAM[1] 5'],
    ['5.1 HEADERS on a half-closed stream', nothing, [head(1), head(1)], 'RST_STREAM[1] 5'],
    ['5.1 DATA behind the peer\'s RST_STREAM', started, [rst(1), data(1, 'x')], 'RST_STREAM[1] 5'],
    ['5.1 HEADERS behind the peer\'s RST_STREAM', started, [rst(1), head(1)], 'RST_STREAM[1] 5'],
    ['5.1 DATA on a stream that has ended', answered, [data(1, 'x')], 'GOAWAY 1 5'],
    ['5.1 HEADERS on a stream that has ended', answered, [head(1)], 'GOAWAY 1 5'],
    ['5.1.1 an even stream', nothing, [head(2)], 'GOAWAY 0 1'],
    ['5.1.1 a stream that goes backwards', nothing, [head(5), head(3)], 'GOAWAY 5 1'],
    ['6.1 DATA on the connection', nothing, [data(0, 'x')], 'GOAWAY 0 1'],
    ['6.2 HEADERS on the connection', nothing, [head(0)], 'GOAWAY 0 1'],
    ['6.2 padding beyond the block', nothing, [frame(FRAME.HEADERS, 0xd, 1, Buffer.of(9, 0x82))], 'GOAWAY 0 1'],
    ['6.2 a priority that is cut off', nothing, [frame(FRAME.HEADERS, 0x25, 1, Buffer.of(0, 0))], 'GOAWAY 0 1'],
    ['6.3 PRIORITY on the connection', nothing, [priority(0, 1)], 'GOAWAY 0 1'],
    ['6.3 PRIORITY of another size', nothing, [frame(FRAME.PRIORITY, 0, 1, uint32(1))], 'RST_STREAM[1] 6'],
    ['6.3 a stream that depends on itself', nothing, [priority(3, 3)], 'RST_STREAM[3] 1'],
    ['6.4 RST_STREAM on the connection', nothing, [rst(0)], 'GOAWAY 0 1'],
    ['6.4 RST_STREAM of another size', started, [frame(FRAME.RST_STREAM, 0, 1, Buffer.alloc(3))], 'GOAWAY 1 6'],
    ['6.5 SETTINGS on a stream', nothing, [frame(FRAME.SETTINGS, 0, 1)], 'GOAWAY 0 1'],
    ['6.5 SETTINGS of another size', nothing, [frame(FRAME.SETTINGS, 0, 0, Buffer.alloc(5))], 'GOAWAY 0 6'],
    ['6.5 an acknowledgement that says something', nothing, [frame(FRAME.SETTINGS, ACK, 0, setting(4, 1))], 'GOAWAY 0 6'],
    ['6.5.2 ENABLE_PUSH that is no boolean', nothing, [settings(2, 2)], 'GOAWAY 0 1'],
    ['6.5.2 a window beyond 2^31-1', nothing, [settings(4, 2 ** 31)], 'GOAWAY 0 3'],
    ['6.5.2 a frame size that is too small', nothing, [settings(5, 16_383)], 'GOAWAY 0 1'],
    ['6.5.2 a frame size that is too large', nothing, [settings(5, 2 ** 24)], 'GOAWAY 0 1'],
    ['8441 ENABLE_CONNECT_PROTOCOL that is taken back', nothing, [settings(8, 1), settings(8, 0)], 'GOAWAY 0 1'],
    ['6.6 PUSH_PROMISE', nothing, [frame(FRAME.PUSH_PROMISE, END_HEADERS, 1, uint32(2))], 'GOAWAY 0 1'],
    ['6.7 PING on a stream', nothing, [frame(FRAME.PING, 0, 1, Buffer.alloc(8))], 'GOAWAY 0 1'],
    ['6.7 PING of another size', nothing, [frame(FRAME.PING, 0, 0, Buffer.alloc(7))], 'GOAWAY 0 6'],
    ['6.8 GOAWAY on a stream', nothing, [frame(FRAME.GOAWAY, 0, 1, Buffer.alloc(8))], 'GOAWAY 0 1'],
    ['6.8 GOAWAY of another size', nothing, [frame(FRAME.GOAWAY, 0, 0, Buffer.alloc(7))], 'GOAWAY 0 6'],
    ['6.9 WINDOW_UPDATE of another size', nothing, [frame(FRAME.WINDOW_UPDATE, 0, 0, Buffer.alloc(3))], 'GOAWAY 0 6'],
    ['6.9 a window of the connection that does not grow', nothing, [windowUpdate(0, 0)], 'GOAWAY 0 1'],
    ['6.9 a window of a stream that does not grow', started, [windowUpdate(1, 0)], 'RST_STREAM[1] 1'],
    ['6.9.1 a window of the connection beyond 2^31-1', nothing, [windowUpdate(0, 2 ** 31 - 1)], 'GOAWAY 0 3'],
    ['6.9.1 a window of a stream beyond 2^31-1', started, [windowUpdate(1, 2 ** 31 - 1)], 'RST_STREAM[1] 3'],
    ['6.9.2 settings that take a window beyond 2^31-1', started, [windowUpdate(1, 2 ** 31 - 65_537), settings(4, 65_537)], 'GOAWAY 1 3'],
    ['4.3 a block that cannot be decoded', nothing, [head(1, true, Buffer.of(0xff))], 'GOAWAY 0 9'],
    ['8.1 trailers that end nothing', started, [head(1, false, literals([['x', 'y']]))], 'GOAWAY 1 1'],
    ['8.1 a pseudo header among trailers', started, [head(1, true, literals([[':path', '/']]))], 'GOAWAY 1 1'],
    ['8.1.1 more body than announced', nothing, [head(1, false, post(['content-length', '2'])), data(1, 'abc')], 'RST_STREAM[1] 1'],
    ['8.1.1 less body than announced', nothing, [head(1, false, post(['content-length', '4'])), data(1, 'abc', true)], 'RST_STREAM[1] 1'],
    ['8.1.1 no body, though one was announced', nothing, [head(1, true, post(['content-length', '4']))], 'RST_STREAM[1] 1'],
    ['8.1.1 less body than announced, and trailers', nothing, [head(1, false, post(['content-length', '4'])), data(1, 'abc'), head(1, true, literals([['x', 'y']]))], 'RST_STREAM[1] 1'],
  ])('%s', (_, before, frames, answer) => {
    const server = before(open())
    for (const each of frames) server.send(each)
    expect(server.told.at(-1)).toBe(answer)
    expect(server.violations).toHaveLength(1)
    if (!answer.startsWith('GOAWAY')) return
    expect([server.socket.ended, server.finishing]).toEqual([true, true])
    expect(server.requests.every(({ lines }) => !lines.includes('data x'))).toBe(true)
  }) // prettier-ignore

  test('by an invalid message ends one stream only, where that is asked for', () => {
    const server = open({ streamErrorOnInvalidHttpMessage: true }).send(head(1, true, literals(get('/', [['X-A', 'b']]))), head(3)) // prettier-ignore
    expect(server.told).toEqual(['RST_STREAM[1] 1'])
    expect([server.violations, server.requests.length, server.stat('rx_messaging_error')]).toEqual([['http2.invalid_header alone'], 1, 1]) // prettier-ignore
  })

  test.each([
    ['an invalid field', literals(get('/', [['connection', 'close']])), 'http2.connection_header'],
    ['a length without a body', post(['content-length', '5']), 'http2.content_length_mismatch'],
    ['bytes that are no head', Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff]), 'http2.compression_error'],
  ])('in a head is told with its stream: %s', (_, block, details) => {
    const server = open().send(head(1, true, block))
    expect([server.refusedHeads, server.requests]).toEqual([[`1 ${details}`], []])
  })

  test('in trailers is not told as a head that is refused', () => {
    const server = open().send(head(1, false), head(1, true, literals([['connection', 'close']])))
    expect([server.refusedHeads, server.violations]).toEqual([[], ['http2.connection_header']])
  })

  test('is not: frames of unknown types, PRIORITY, a PING answer that nobody asked for, late WINDOW_UPDATE', () => {
    const server = answering(open())
    server.send(head(1), frame(0xee, 0xff, 7, Buffer.alloc(30)), priority(9, 1), frame(FRAME.PING, ACK, 0, Buffer.alloc(8)), windowUpdate(1, 5), rst(1)) // prettier-ignore
    server.send(frame(FRAME.GOAWAY, 0, 0, uint32(0, 0)), frame(FRAME.PING, 0, 0, Buffer.from('12345678')))
    expect(server.violations).toEqual([])
    expect(server.told.at(-1)).toBe('PING[0]')
  })
})

describe('limits', () => {
  const lines = (count: number, size = 1): [string, string][] => Array.from({ length: count }, (_, i) => [`x-${i}`, 'v'.repeat(size)]) // prettier-ignore

  test.each<[string, object, [string, string][], string]>([
    ['max_headers_count', {}, lines(97), 'http2.too_many_headers'],
    ['max_request_headers_kb', { maxHeadersKb: 1 }, lines(3, 400), 'http2.header_list_size_too_large'],
  ])('%s resets the stream, and the table of the connection stays right', (_, options, more, violation) => {
    const server = open(options).send(head(1, true, literals(get('/', more))), head(3, true, literals(get('/ok'))))
    expect(server.told).toEqual(['RST_STREAM[1] 2'])
    expect([server.violations, server.stat('header_overflow')]).toEqual([[`${violation} alone`], 1])
    expect(server.requests.map(({ headers }) => headers.path)).toEqual(['/ok'])
  })

  test('max_header_field_size_kb ends the connection', () => {
    const server = open({ maxHeaderFieldKb: 1 }).send(head(1, true, literals(get('/', lines(1, 1025)))))
    expect(server.violations).toEqual(['http2.header_field_too_large'])
  })

  test('blocks without end end the connection before they fill the memory', () => {
    const server = open().send(frame(FRAME.HEADERS, 0, 1, BLOCK))
    const piece = frame(FRAME.CONTINUATION, 0, 1, literals([['x', 'v'.repeat(16_000)]]))
    for (let i = 0; i < 20 && server.violations.length === 0; i++) server.send(piece)
    expect(server.violations).toEqual(['http2.headers_too_large'])
    expect(server.stat('header_overflow')).toBe(1)
  })

  test('a bomb of references to one long value is counted, not built', () => {
    const entry = Buffer.concat([Buffer.of(0x40, 3), Buffer.from('x-a'), Buffer.of(0x7f, 0xa1, 0x1e), Buffer.alloc(4000, 0x62)]) // prettier-ignore
    const server = open().send(head(1, true, Buffer.concat([BLOCK, entry, Buffer.alloc(10_000, 0xbe)])))
    expect(server.told).toEqual(['RST_STREAM[1] 2'])
  })

  test.each<[string, object, Buffer[], string]>([
    ['max_consecutive_inbound_frames_with_empty_payload', {}, [head(1, false, post()), data(1, ''), data(1, '')], 'inbound_empty_frames_flood'],
    ['max_consecutive_inbound_frames_with_empty_payload of 0', { maxEmptyFrames: 0 }, [head(1, false, post()), data(1, '')], 'inbound_empty_frames_flood'],
    ['the same with padding only', {}, [head(1, false, post()), frame(FRAME.DATA, 8, 1, Buffer.of(1, 0)), frame(FRAME.DATA, 8, 1, Buffer.of(1, 0))], 'inbound_empty_frames_flood'],
    ['the same with CONTINUATION', {}, [frame(FRAME.HEADERS, 0, 1, BLOCK), frame(FRAME.CONTINUATION, 0, 1), frame(FRAME.CONTINUATION, 0, 1)], 'inbound_empty_frames_flood'],
    ['max_inbound_priority_frames_per_stream', { maxPriorityFramesPerStream: 2 }, [priority(1, 3), priority(1, 3), priority(1, 3)], 'inbound_priority_frames_flood'],
    ['max_inbound_window_update_frames_per_data_frame_sent', {}, Array.from({ length: 6 }, () => windowUpdate(0, 1)), 'inbound_window_update_frames_flood'],
    ['max_outbound_control_frames', { maxOutboundControlFrames: 3 }, [Buffer.concat(Array.from({ length: 4 }, () => frame(FRAME.PING, 0, 0, Buffer.alloc(8))))], 'outbound_control_flood'],
  ])('%s', (_, options, frames, stat) => {
    const server = open(options)
    frames.slice(0, -1).forEach((each) => server.send(each))
    if (frames.length > 1) expect(server.violations).toEqual([])
    server.send(frames.at(-1)!)
    expect([server.violations, server.stat(stat)]).toEqual([[`http2.${stat}`], 1])
    expect(server.told.at(-1)).toMatch(/^GOAWAY \d 11$/)
  }) // prettier-ignore

  test('frames that a socket takes do not count towards max_outbound_frames, those that wait do', () => {
    const server = answering(open({ maxOutboundFrames: 20 }))
    for (let id = 1; id < 60; id += 2) server.send(head(id))
    expect(server.violations).toEqual([])
    server.socket.stall(true)
    for (let id = 61; id < 200 && server.violations.length === 0; id += 2) server.send(head(id))
    expect(server.violations).toEqual(['http2.outbound_flood'])
  })

  test('streams opened and reset again and again, or resets that are provoked, end the connection', () => {
    const options = { streamResetBurst: 10, streamResetRate: 1 }
    const resets = open(options)
    for (let id = 1; id < 50; id += 2) resets.send(head(id), rst(id))
    expect([resets.violations, resets.requests.length]).toEqual([['http2.rapid_reset'], 11])
    const provoked = open(options)
    for (let id = 1; id < 50; id += 2) provoked.send(head(id), priority(id, id))
    expect([provoked.violations.at(-1), provoked.requests.length]).toEqual(['http2.rapid_reset', 11])
    const slow = open(options)
    for (let id = 1; id < 50; id += 2) {
      slow.nowMs += 1000
      slow.send(head(id), rst(id))
    }
    expect(slow.violations).toEqual([])
  })
})

describe('flow control', () => {
  const big = Buffer.alloc(200_000, 0x61)
  const sentOn = (server: MemoryHttp2Server, stream: number): number =>
    server.frames.reduce((sum, each) => (each.type === FRAME.DATA && each.stream === stream ? sum + each.payload.length : sum), 0) // prettier-ignore

  test('sends what the windows allow, says when there is room again, and never more', async () => {
    const server = open().send(head(1))
    const { lines, stream } = server.requests[0]!
    let room = true
    server.socket.run(() => {
      stream.encodeHeaders(responseHeaders(200), false)
      room = stream.encodeData(big, false)
    })
    await Promise.resolve()
    expect([room, sentOn(server, 1), stream.unwritten]).toEqual([false, 65_535, 200_000 - 65_535])
    expect(server.stat('pending_send_bytes')).toBe(200_000 - 65_535)
    server.send(windowUpdate(1, 100_000))
    expect(sentOn(server, 1)).toBe(65_535)
    server.send(windowUpdate(0, 50_000))
    expect(sentOn(server, 1)).toBe(115_535)
    server.send(windowUpdate(0, 1_000_000))
    expect([sentOn(server, 1), lines.includes('writable')]).toEqual([165_535, false])
    server.send(windowUpdate(1, 1_000_000))
    expect([sentOn(server, 1), lines.includes('writable')]).toEqual([200_000, true])
    expect(server.stat('pending_send_bytes')).toBe(0)
  })

  test('lets streams that wait take turns', async () => {
    const server = open().send(head(1), head(3), head(5))
    server.send(settings(4, 1_000_000))
    server.socket.run(() => {
      for (const { stream } of server.requests) {
        stream.encodeHeaders(responseHeaders(200), false)
        stream.encodeData(big, true)
      }
    })
    await Promise.resolve()
    server.send(windowUpdate(0, 16_384 * 6))
    const order = server.frames.filter(({ type }) => type === FRAME.DATA).map(({ stream }) => stream)
    expect(order.slice(-6).toSorted((a, b) => a - b)).toEqual([1, 1, 3, 3, 5, 5])
  })

  test('takes a window that settings have made smaller for what it is', async () => {
    const server = open().send(head(1))
    const { stream } = server.requests[0]!
    server.socket.run(() => {
      stream.encodeHeaders(responseHeaders(200), false)
      stream.encodeData(big, true)
    })
    await Promise.resolve()
    server.send(settings(4, 0), windowUpdate(0, 1_000_000), windowUpdate(1, 65_535))
    expect(sentOn(server, 1)).toBe(65_535)
    server.send(windowUpdate(1, 10))
    expect(sentOn(server, 1)).toBe(65_545)
  })

  test('gives windows back when bytes are worked off, not when they come', async () => {
    const server = open({ initialStreamWindow: 65_535, initialConnectionWindow: 65_535 })
    const updates = (): string[] => server.told.filter((line) => line.startsWith('WINDOW_UPDATE'))
    server.onHead = ({ stream }) => stream.readDisable(true)
    server.send(head(1, false, post()), data(1, 'x'.repeat(16_000)), data(1, 'x'.repeat(16_000)), data(1, 'x'.repeat(16_000))) // prettier-ignore
    expect(updates()).toEqual([])
    const { stream } = server.requests[0]!
    server.socket.run(() => stream.readDisable(false))
    await Promise.resolve()
    expect(updates().toSorted()).toEqual(['WINDOW_UPDATE[0]', 'WINDOW_UPDATE[1]'])
  })

  test('gives back what nobody will look at, though the answer still waits for its window', async () => {
    const server = open({ initialStreamWindow: 65_535, initialConnectionWindow: 65_535 })
    server.onHead = ({ stream }) => stream.readDisable(true)
    server.send(settings(4, 0), head(1, false, post()), data(1, 'x'.repeat(16_000)), data(1, 'x'.repeat(16_000)), data(1, 'x'.repeat(16_000))) // prettier-ignore
    const { stream } = server.requests[0]!
    server.socket.run(() => {
      stream.encodeHeaders(responseHeaders(413), false)
      stream.encodeData(big, true)
    })
    await Promise.resolve()
    expect(server.told.filter((line) => line.startsWith('WINDOW_UPDATE'))).toContain('WINDOW_UPDATE[0]')
    expect(server.connection.activeStreams).toBe(1)
  })

  test('a peer that sends more than it may loses the stream, or the connection', () => {
    const stream = open({ initialStreamWindow: 65_535 })
    stream.onHead = (request) => request.stream.readDisable(true)
    stream.send(head(1, false, post()))
    for (let i = 0; i < 5; i++) stream.send(data(1, 'x'.repeat(16_000)))
    expect(stream.told.filter((line) => !line.startsWith('WINDOW'))).toEqual(['RST_STREAM[1] 3'])
    const all = open({ initialConnectionWindow: 65_535 })
    all.onHead = (request) => request.stream.readDisable(true)
    all.send(head(1, false, post()), head(3, false, post()))
    for (let i = 0; i < 5; i++) all.send(data(i % 2 === 0 ? 1 : 3, 'x'.repeat(16_000)))
    expect(all.told).toEqual(['GOAWAY 3 3'])
  })

  test('a hundred streams whose windows are never opened are given up after the flush timeout', () => {
    const server = open({ maxConcurrentStreams: 100 })
    server.onHead = ({ stream }) => {
      stream.encodeHeaders(responseHeaders(200), false)
      stream.encodeData(big, true)
    }
    server.send(settings(4, 0))
    for (let id = 1; id <= 199; id += 2) server.send(head(id))
    expect([server.connection.activeStreams, server.flushWaits]).toEqual([100, 100])
    expect(server.stat('pending_send_bytes')).toBe(100 * 200_000)
    expect(server.connection.resetFlushing(4999, 5000)).toBe(0)
    server.nowMs = 5000
    expect([0, 5000].map((timeoutMs) => server.connection.flushEndsAtMs(timeoutMs))).toEqual([Infinity, 5000])
    expect(server.connection.resetFlushing(5000, 5000)).toBe(100)
    expect([server.connection.activeStreams, server.stat('pending_send_bytes'), server.stat('streams_active')]).toEqual([0, 0, 0]) // prettier-ignore
  })

  test('a stream with a flush timeout of its own is given up when that is over', () => {
    const server = open()
    const times = [undefined, 2000, 0]
    server.onHead = ({ stream }) => {
      stream.flushTimeoutMs = times.shift()
      stream.encodeHeaders(responseHeaders(200), false)
      stream.encodeData(big, true)
    }
    server.send(settings(4, 0), head(1), head(3), head(5))
    expect(server.connection.flushEndsAtMs(5000)).toBe(2000)
    expect([1999, 2000].map((now) => server.connection.resetFlushing(now, 5000))).toEqual([0, 1])
    expect(server.connection.flushEndsAtMs(5000)).toBe(5000)
    expect(server.connection.resetFlushing(5000, 5000)).toBe(1)
    expect([server.connection.flushEndsAtMs(5000), server.connection.activeStreams]).toEqual([Infinity, 1])
  })

  test('a socket that takes nothing stops the senders, and goes on with them all', async () => {
    const server = open().send(settings(4, 1_000_000), windowUpdate(0, 1_000_000), head(1), head(3))
    server.socket.stall(true)
    for (const { stream } of server.requests) {
      stream.encodeHeaders(responseHeaders(200), false)
      stream.encodeData(big, false)
    }
    await Promise.resolve()
    const rooms = server.requests.map(({ stream }) => stream.encodeData(Buffer.from('more'), false))
    expect(rooms).toEqual([false, false])
    server.socket.stall(false)
    server.socket.run(() => {})
    expect(server.requests.map(({ lines }) => lines.at(-1))).toEqual(['writable', 'writable'])
    expect([sentOn(server, 1), sentOn(server, 3)]).toEqual([200_004, 200_004])
  })
})

test('bodies that were on their way while hundreds of uploads were refused end nothing', () => {
  const server = open({ streamResetBurst: 10, streamResetRate: 1 })
  server.onHead = ({ stream }) => stream.encodeHeaders(responseHeaders(503), true)
  const ids = Array.from({ length: 300 }, (_, i) => 2 * i + 1)
  server.send(...ids.map((id) => head(id, false, post())))
  server.send(...ids.map((id) => data(id, 'late')))
  expect(server.violations).toEqual([])
})

test('a request that depends on itself is refused alone, with what follows its head', () => {
  const self = Buffer.concat([uint32(1), Buffer.of(0), post()])
  const server = open().send(frame(FRAME.HEADERS, END_HEADERS | 0x20, 1, self), data(1, 'body', true), rst(1), head(3))
  expect(server.violations).toEqual(['http2.self_dependency alone'])
  expect(server.requests).toHaveLength(1)
})

describe('the end of a connection', () => {
  test('is announced first, then told, and comes behind the last stream', async () => {
    const server = open().send(head(1))
    server.socket.run(() => server.connection.notifyShutdown())
    await Promise.resolve()
    expect(server.told).toEqual([`GOAWAY ${2 ** 31 - 1} 0`])
    server.send(head(3))
    expect(server.requests).toHaveLength(2)
    server.connection.drain()
    server.send(head(5))
    expect(server.told.slice(1)).toEqual(['GOAWAY 3 0', 'RST_STREAM[5] 7'])
    expect(server.socket.ended).toBe(false)
    server.socket.run(() => {
      for (const { stream } of server.requests) stream.encodeHeaders(responseHeaders(204), true)
    })
    await Promise.resolve()
    expect([server.socket.ended, server.finishing]).toEqual([true, true])
    server.socket.pushEnd()
    expect(server.closed).toBe(true)
  })

  test('by the peer ends all streams', () => {
    const server = open().send(head(1, false, post()))
    server.socket.pushEnd()
    expect(server.requests[0]!.lines).toEqual(['headers', 'reset connection termination'])
    expect([server.closed, server.stat('streams_active')]).toEqual([true, 0])
  })

  test('does not come by a PING that is answered', async () => {
    const server = open()
    let answered = 0
    server.socket.run(() => server.connection.ping(() => answered++))
    await Promise.resolve()
    const ping = server.frames.find(({ type }) => type === FRAME.PING)!
    expect(server.connection.ping(() => {})).toBe(false)
    server.send(frame(FRAME.PING, ACK, 0, Buffer.alloc(8)))
    expect(answered).toBe(0)
    server.send(frame(FRAME.PING, ACK, 0, ping.payload))
    expect(answered).toBe(1)
  })
})

test('a transcript is understood the same wherever it is split', () => {
  const transcript = Buffer.concat([
    head(1, false, post(['x-a', 'b'])), data(1, 'one'), frame(FRAME.DATA, 8, 1, Buffer.from('\x02two\0\0')), settings(4, 100_000),
    frame(FRAME.HEADERS, 0, 3, BLOCK.subarray(0, 7)), frame(FRAME.CONTINUATION, END_HEADERS, 3, BLOCK.subarray(7)), windowUpdate(3, 9),
    head(1, true, literals([['x-t', '1']])), data(3, 'last', true), rst(3), head(5),
  ]) // prettier-ignore
  const play = (pieces: readonly number[]): unknown => {
    const server = open()
    let from = 0
    for (const at of [...pieces, transcript.length]) {
      server.send(transcript.subarray(from, at))
      from = at
    }
    return [server.requests.map(({ body, lines, trailers }) => [body, lines.at(-1), trailers?.get('x-t')]), server.violations, server.told] // prettier-ignore
  }
  const whole = play([])
  for (let at = 1; at < transcript.length; at++) expect(play([at])).toEqual(whole)
  expect(play(Array.from(transcript.keys()))).toEqual(whole)
})

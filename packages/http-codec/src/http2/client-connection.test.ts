import { requestHeaders, responseHeaders, StatsStore } from '@nuncio/core'
import { describe, expect, test } from 'vitest'
import {
  END_HEADERS,
  END_STREAM,
  FRAME,
  type Frame,
  frame,
  framesIn,
  literals,
  setting,
  uint32,
} from '../testing/http2-frames.ts'
import { MemorySocket } from '../testing/memory-socket.ts'
import { WriteBatch } from '../write-batch.ts'
import { type Http2ClientCallbacks, Http2ClientConnection } from './client-connection.ts'
import type { Http2ClientStream } from './client-stream.ts'
import { Http2Stats } from './http2-stats.ts'
import { type Http2Options, http2Options } from './options.ts'

const PREFACE_BYTES = 24

class MemoryClient implements Http2ClientCallbacks {
  readonly socket = new MemorySocket()
  readonly connection: Http2ClientConnection
  /** What the user was told, in order: of the connection, and of streams by their number. */
  readonly lines: string[] = []
  /** Hosts that had answered and wanted no more of the request. */
  readonly stopped = new StatsStore().counter('rx_reset_no_error')

  constructor(options: Partial<Http2Options> = {}) {
    const stats = new Http2Stats(new StatsStore().scope(''), this.stopped)
    const batch = new WriteBatch({ monotonicMs: () => 0 })
    this.connection = new Http2ClientConnection(this.socket, this, { options: http2Options(options), stats, batch, secure: false }) // prettier-ignore
    this.connection.start()
    this.send(frame(FRAME.SETTINGS, 0, 0))
  }
  send(...frames: readonly Uint8Array[]): this {
    this.socket.push(Buffer.concat(frames))
    return this
  }
  /** A request without a body, or one whose body is still to come. */
  async ask(method = 'GET', end = true): Promise<Http2ClientStream> {
    const tell = (line: string): void => void this.lines.push(`${stream.id}: ${line}`)
    const stream = this.connection.newStream({
      onInformational: (headers) => tell(`informational ${headers.status}`),
      onHeaders: (headers, last) => tell(`headers ${headers.status}${last ? ' end' : ''}`),
      onData: (chunk, last) => tell(`data ${Buffer.from(chunk).toString('latin1')}${last ? ' end' : ''}`),
      onTrailers: () => tell('trailers'),
      onReset: (reason) => tell(`reset ${reason}`),
      onWritable: () => tell('writable'),
    })
    this.socket.run(() => stream.encodeHeaders(requestHeaders([[':method', method], [':path', '/'], [':authority', 'a']]), end)) // prettier-ignore
    await Promise.resolve()
    return stream
  }
  get frames(): Frame[] {
    const frames: Frame[] = []
    framesIn(Buffer.from(this.socket.sent, 'latin1').subarray(PREFACE_BYTES), frames)
    return frames
  }
  get resets(): string[] {
    return this.frames
      .filter(({ type }) => type === FRAME.RST_STREAM || type === FRAME.GOAWAY)
      .map(({ payload, stream, type }) => (type === FRAME.GOAWAY ? `goaway ${payload.readUInt32BE(4)}` : `${stream}: ${payload.readUInt32BE(0)}`)) // prettier-ignore
  }
  onStreamEnd(reason: string | undefined): void {
    this.lines.push(`ended ${reason ?? 'well'}`)
  }
  onMaxStreams(maxStreams: number): void {
    this.lines.push(`max ${maxStreams}`)
  }
  onGoodbye(): void {
    this.lines.push('goodbye')
  }
  onProtocolError(details: string, alone: boolean): void {
    this.lines.push(`violation ${details}${alone ? ' alone' : ''}`)
  }
  onEnd(connection: Http2ClientConnection): void {
    this.lines.push(`end by ${connection.endedByPeer ? 'peer' : 'us'}`)
  }
}

const answer = (fields: readonly (readonly [string, string])[], end = false, stream = 1): Buffer =>
  frame(FRAME.HEADERS, END_HEADERS | (end ? END_STREAM : 0), stream, literals(fields))
const OK = answer([[':status', '200']])
const data = (text: string, end = false, stream = 1): Buffer => frame(FRAME.DATA, end ? END_STREAM : 0, stream, Buffer.from(text)) // prettier-ignore

describe('an answer', () => {
  test('comes with its 1xx, body and trailers', async () => {
    const client = new MemoryClient()
    await client.ask()
    client.send(answer([[':status', '103']]), OK, data('one'), answer([['x-t', '1']], true))
    expect(client.lines).toEqual(['1: informational 103', '1: headers 200', '1: data one', '1: trailers', 'ended well'])
  })

  test.each<[string, string, Buffer[], string[]]>([
    ['without a status', 'GET', [answer([['x-a', 'b']], true)], ['violation http2.missing_pseudo_header alone', 'ended protocol error', '1: reset protocol error']],
    ['of a status that is none', 'GET', [answer([[':status', '2xx']], true)], ['violation http2.bad_status alone', 'ended protocol error', '1: reset protocol error']],
    ['that switches protocols', 'GET', [answer([[':status', '101']])], ['violation http2.bad_status alone', 'ended protocol error', '1: reset protocol error']],
    ['that is 1xx and ends', 'GET', [answer([[':status', '100']], true)], ['violation http2.bad_status alone', 'ended protocol error', '1: reset protocol error']],
    ['with a request\'s pseudo header', 'GET', [answer([[':status', '200'], [':path', '/']], true)], ['violation http2.invalid_pseudo_header alone', 'ended protocol error', '1: reset protocol error']],
    ['with a connection field', 'GET', [answer([[':status', '200'], ['connection', 'close']])], ['violation http2.connection_header alone', 'ended protocol error', '1: reset protocol error']],
    ['that begins with DATA', 'GET', [data('x')], ['violation http2.unexpected_data alone', 'ended protocol error', '1: reset protocol error']],
    ['to HEAD with a body', 'HEAD', [OK, data('x')], ['1: headers 200', 'violation http2.content_length_mismatch alone', 'ended protocol error', '1: reset protocol error']],
    ['to HEAD with a length', 'HEAD', [answer([[':status', '200'], ['content-length', '5']], true)], ['1: headers 200 end', 'ended well']],
    ['shorter than announced', 'GET', [answer([[':status', '200'], ['content-length', '5']]), data('abc', true)], ['1: headers 200', 'violation http2.content_length_mismatch alone', 'ended protocol error', '1: reset protocol error']],
  ])('%s is told as what it is', async (_, method, frames, lines) => {
    const client = new MemoryClient({ streamErrorOnInvalidHttpMessage: true })
    await client.ask(method)
    client.send(...frames)
    expect(client.lines).toEqual(lines)
    expect(client.resets).toEqual(lines.at(-1) === 'ended well' ? [] : ['1: 1'])
  }) // prettier-ignore

  test('that is invalid ends the connection otherwise, the pool before the streams', async () => {
    const client = new MemoryClient()
    await client.ask()
    client.send(answer([['x-a', 'b']], true))
    expect(client.lines).toEqual(['violation http2.missing_pseudo_header', 'end by us', '1: reset protocol error'])
    expect([client.resets, client.socket.destroyed]).toEqual([['goaway 1'], true])
  })

  test('before the end of the request leaves the rest unsaid', async () => {
    const client = new MemoryClient()
    const stream = await client.ask('POST', false)
    client.send(frame(FRAME.SETTINGS, 0, 0, setting(4, 0)))
    stream.encodeData(Buffer.from('body'), true)
    client.send(answer([[':status', '200']], true))
    expect([client.lines, client.resets]).toEqual([['1: headers 200 end', 'ended well'], ['1: 0']])
    const other = await client.ask('POST', false)
    client.send(answer([[':status', '200']], true, 3), frame(FRAME.RST_STREAM, 0, 3, uint32(0)))
    expect(client.lines.slice(2)).toEqual(['3: headers 200 end', 'ended well'])
    expect(other.encodeData(Buffer.from('late'), true)).toBe(true)
  })
})

describe('a host', () => {
  test('that pushes, or speaks where nobody asked, ends the connection', () => {
    for (const each of [
      frame(FRAME.PUSH_PROMISE, END_HEADERS, 1, uint32(2)),
      answer([[':status', '200']], true, 2),
      answer([[':status', '200']], true, 5),
      data('x'),
    ]) {
      // prettier-ignore
      const client = new MemoryClient().send(each)
      expect([client.resets, client.connection.usable]).toEqual([['goaway 1'], false])
    }
  })

  test('that says goodbye is asked no more; what it did not look at may be asked elsewhere', async () => {
    const client = new MemoryClient()
    await client.ask()
    await client.ask()
    client.send(frame(FRAME.GOAWAY, 0, 0, uint32(1, 0)))
    expect(client.lines).toEqual(['goodbye', 'ended remote refused stream reset', '3: reset remote refused stream reset']) // prettier-ignore
    expect(client.connection.usable).toBe(false)
    client.send(OK, data('late', true))
    expect(client.lines.slice(3)).toEqual(['1: headers 200', '1: data late end', 'ended well'])
  })

  test('that allows fewer streams is obeyed', () => {
    const client = new MemoryClient().send(frame(FRAME.SETTINGS, 0, 0, setting(3, 7)))
    expect([client.lines, client.connection.maxStreams]).toEqual([['max 7'], 7])
  })

  test('that goes away resets what was asked, and what was about to be asked', async () => {
    const client = new MemoryClient()
    await client.ask()
    client.socket.pushEnd()
    expect(client.lines).toEqual(['end by peer', '1: reset connection termination'])
    await client.ask()
    expect(client.lines.slice(2)).toEqual(['0: reset connection termination'])
  })
})

test('what a host does wrong behind a whole answer is no matter of that answer', async () => {
  const client = new MemoryClient()
  await client.ask('POST', false)
  client.send(answer([[':status', '200']], true), OK)
  expect([client.lines, client.resets]).toEqual([['1: headers 200 end', 'violation http2.stream_closed alone', 'ended protocol error'], ['1: 5']]) // prettier-ignore
})

test('a reset before the answer is whole is no mere end of the request, whatever its code', async () => {
  const client = new MemoryClient()
  await client.ask('POST', false)
  client.send(OK, frame(FRAME.RST_STREAM, 0, 1, uint32(0)))
  expect([client.lines.length, client.stopped.value]).toEqual([3, 0])
})

describe('a whole answer that its reader has not read yet', () => {
  async function unread(method: string, end: boolean): Promise<[MemoryClient, Http2ClientStream]> {
    const client = new MemoryClient()
    const stream = await client.ask(method, end)
    stream.readDisable(true)
    client.send(OK, data('all of it', true))
    expect(client.lines).toEqual(['1: headers 200'])
    return [client, stream]
  }
  const read = async (stream: Http2ClientStream): Promise<void> => {
    stream.readDisable(false)
    await Promise.resolve()
  }

  test('is not lost when the host wants no more of the request', async () => {
    const [client, stream] = await unread('POST', false)
    client.send(frame(FRAME.RST_STREAM, 0, 1, uint32(0)))
    expect(stream.encodeData(Buffer.from('more'), true)).toBe(true)
    await read(stream)
    expect(client.lines.slice(1)).toEqual(['1: data all of it end', 'ended well'])
    expect([client.connection.activeStreams, client.resets, client.stopped.value]).toEqual([0, [], 1])
  })

  test('is not lost when the connection ends', async () => {
    const [client, stream] = await unread('GET', true)
    client.socket.pushEnd()
    expect(client.lines.slice(1)).toEqual(['end by peer'])
    await read(stream)
    expect(client.lines.slice(2)).toEqual(['1: data all of it end'])
  })
})

test('a request that the host does not want any more sends nothing, not even its trailers', async () => {
  const client = new MemoryClient()
  const stream = client.connection.newStream({ onReset: (reason: string) => void client.lines.push(reason) } as never)
  client.send(frame(FRAME.GOAWAY, 0, 0, uint32(0, 0)))
  const before = client.frames.length
  client.socket.run(() => {
    stream.encodeHeaders(requestHeaders([[':method', 'POST'], [':path', '/'], [':authority', 'a']]), false) // prettier-ignore
    stream.encodeData(Buffer.from('body'), false)
    stream.encodeTrailers(requestHeaders([['x-t', '1']]))
  })
  await Promise.resolve()
  expect(client.frames.length).toBe(before)
  expect(client.lines).toEqual(['goodbye', 'ended remote refused stream reset', 'remote refused stream reset'])
})

test('a request that never began is not told to have ended behind the end of its connection', () => {
  const client = new MemoryClient()
  const { batch } = client.connection
  batch.enter()
  const stream = client.connection.newStream({} as never)
  client.connection.close()
  stream.reset('local reset')
  batch.leave()
  expect(client.lines).toEqual(['end by us'])
})

test('a request that is given up tells the host, whatever waits of it', async () => {
  const client = new MemoryClient()
  const stream = await client.ask('POST', false)
  stream.encodeData(Buffer.alloc(100_000), false)
  client.socket.run(() => stream.reset('local reset'))
  await Promise.resolve()
  expect([client.resets, client.lines, client.connection.activeStreams]).toEqual([['1: 8'], ['ended local reset'], 0])
  client.send(OK, data('late'))
  expect(client.lines).toHaveLength(1)
  expect(responseHeaders(200).status).toBe(200)
})

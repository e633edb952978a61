import { responseHeaders } from '@nuncio/core'
import { describe, expect, test } from 'vitest'
import { END_HEADERS, END_STREAM, FRAME, frame, get, literals, setting, uint32 } from '../testing/http2-frames.ts'
import { MemoryHttp2Server } from '../testing/http2-server.ts'

const head = (stream: number, block = literals(get())): Buffer =>
  frame(FRAME.HEADERS, END_HEADERS | END_STREAM, stream, block)
const windowUpdate = (stream: number, by: number): Buffer => frame(FRAME.WINDOW_UPDATE, 0, stream, uint32(by))
const settings = (id: number, value: number): Buffer => frame(FRAME.SETTINGS, 0, 0, setting(id, value))
const open = (): MemoryHttp2Server => new MemoryHttp2Server().hello()

describe('an answer without a body', () => {
  test.each([
    ['a 204', 'GET', 204],
    ['an answer to HEAD', 'HEAD', 200],
  ])('%s ends when its user ends it, with nothing of a body', async (_, method, status) => {
    const fields = get().map(([name, value]): [string, string] => [name, name === ':method' ? method : value])
    const server = open().send(head(1, literals(fields)), head(3, literals(fields)))
    server.socket.run(() => {
      for (const { stream } of server.requests) {
        stream.encodeHeaders(responseHeaders(status), false)
        expect(stream.encodeData(Buffer.from('lost'), false)).toBe(true)
      }
      server.requests[0]!.stream.encodeData(Buffer.from('too'), true)
      server.requests[1]!.stream.encodeTrailers(responseHeaders(200))
    })
    await Promise.resolve()
    expect(server.told).toEqual(['HEADERS[1]', 'HEADERS[3]', 'DATA[1] 0 end', 'DATA[3] 0 end'])
    expect(server.stat('streams_active')).toBe(0)
  })

  test('is given up when the client goes before its end', () => {
    const server = open().send(head(1))
    server.socket.run(() => server.requests[0]!.stream.encodeHeaders(responseHeaders(204), false))
    server.socket.pushReset()
    expect(server.requests[0]!.lines).toEqual(['headers end', 'reset connection termination'])
  })
})

describe('the end of an answer', () => {
  test('that the proxy gives up half-way is an error, never as if it were whole', async () => {
    const server = open().send(head(1))
    const { stream } = server.requests[0]!
    server.socket.run(() => {
      stream.encodeHeaders(responseHeaders(200), false)
      stream.reset('local reset')
    })
    await Promise.resolve()
    expect(server.told).toEqual(['HEADERS[1]', 'RST_STREAM[1] 2'])
  })

  test('needs no window when it comes without bytes, though settings have made the window negative', async () => {
    const server = open().send(settings(4, 10), head(1))
    const { stream } = server.requests[0]!
    server.socket.run(() => {
      stream.encodeHeaders(responseHeaders(200), false)
      stream.encodeData(Buffer.from('hello'), false)
    })
    await Promise.resolve()
    server.send(settings(4, 0))
    server.socket.run(() => stream.encodeData(Buffer.alloc(0), true))
    await Promise.resolve()
    expect(server.told).toEqual(['HEADERS[1]', 'DATA[1] 5', 'DATA[1] 0 end'])
    expect(server.stat('streams_active')).toBe(0)
  })

  test('that is the last of its connection is told when it is written, and when a slow client has taken it', async () => {
    const server = open().send(head(1), windowUpdate(0, 100_000), windowUpdate(1, 100_000))
    let told = 0
    server.onFinishing = () => told++
    server.connection.drain()
    server.socket.stall(true)
    server.socket.run(() => {
      server.requests[0]!.stream.encodeHeaders(responseHeaders(200), false)
      server.requests[0]!.stream.encodeData(Buffer.alloc(20_000), true)
    })
    await Promise.resolve()
    expect([server.socket.ended, server.connection.unwritten > 20_000, told]).toEqual([true, true, 1])
    server.socket.stall(false)
    expect([server.connection.unwritten, told]).toEqual([0, 2])
  })
})

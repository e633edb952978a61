import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { responseHeaders } from '@nuncio/core'
import { expect, test } from 'vitest'
import { END_HEADERS, END_STREAM, FRAME, frame, get, literals, uint32 } from '../testing/http2-frames.ts'
import { MemoryHttp2Server } from '../testing/http2-server.ts'
import type { Http2ServerStream } from './server-stream.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const BLOCK = literals(get())
const STREAMS = 100_000

test('a connection of a hundred thousand streams holds what one of a thousand holds', async () => {
  const server = new MemoryHttp2Server().hello()
  server.onHead = ({ stream }) => {
    stream.encodeHeaders(responseHeaders(200, [['x-number', String(stream.id)]]), false)
    stream.encodeData(Buffer.from('hello'), true)
  }
  const seen: WeakRef<Http2ServerStream>[] = []
  let heap = 0
  for (let i = 0; i < STREAMS; i++) {
    const id = 2 * i + 1
    // A client's window must not run out; each stream takes five bytes of it.
    if (i % 1000 === 0) server.send(frame(FRAME.WINDOW_UPDATE, 0, 0, uint32(5000)))
    server.send(frame(FRAME.HEADERS, END_HEADERS | END_STREAM, id, BLOCK))
    if (i % 1000 === 0) seen.push(new WeakRef(server.requests[0]!.stream))
    // What the test itself keeps.
    server.requests.length = 0
    server.socket.sent = ''
    if (i !== 1000) continue
    await setImmediate()
    collectGarbage()
    heap = process.memoryUsage().heapUsed
  }
  await setImmediate()
  collectGarbage()
  expect(seen.filter((each) => each.deref() !== undefined)).toEqual([])
  // 10 bytes of each stream would be a megabyte.
  expect(process.memoryUsage().heapUsed - heap).toBeLessThan(1_000_000)
  expect([server.connection.activeStreams, server.violations, server.closed]).toEqual([0, [], false])
}, 60_000)

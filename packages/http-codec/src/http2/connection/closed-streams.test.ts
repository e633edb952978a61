import { responseHeaders } from '@nuncio/core'
import { expect, test } from 'vitest'
import { END_HEADERS, END_STREAM, FRAME, frame, get, literals } from '../../testing/http2-frames.ts'
import { MemoryHttp2Server } from '../../testing/http2-server.ts'
import { ClosedStreams, ENDED } from './closed-streams.ts'

const BLOCK = literals(get())
const head = (stream: number): Buffer => frame(FRAME.HEADERS, END_HEADERS | END_STREAM, stream, BLOCK)

test('a head for a stream that is forgotten is passed over, and the connection goes on', () => {
  const server = new MemoryHttp2Server().hello()
  server.onHead = ({ stream }) => stream.encodeHeaders(responseHeaders(200), true)
  for (let stream = 1; stream < 400; stream += 2) server.send(head(stream))
  server.send(head(1), head(401))
  expect([server.violations, server.requests.length, server.connection.activeStreams]).toEqual([[], 201, 0])
})

test('the memory is complete until it is full', () => {
  const closed = new ClosedStreams()
  for (let i = 0; i < 127; i++) closed.add(2 * i + 1, ENDED)
  expect([closed.complete, closed.find(1)]).toEqual([true, ENDED])
  closed.add(255, ENDED)
  closed.add(257, ENDED)
  expect([closed.complete, closed.find(1), closed.find(3)]).toEqual([false, 0, ENDED])
})

import { requestHeaders, type ResponseEncoder, responseHeaders, StreamInfo } from '@nuncio/core'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { ChainStream } from './chain-stream.ts'
import { HttpFilterChain } from './plan.ts'
import type { TerminalFilter } from './terminal.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const HEADERS = requestHeaders([
  [':method', 'GET'],
  [':path', '/'],
  [':authority', 'a'],
  ['accept', '*/*'],
])
const ANSWER = responseHeaders(200, [['content-type', 'text/plain']])
const BODY = new Uint8Array(64)

/** Answers at once, as a pool that is warm does. */
const origin: TerminalFilter = {
  onRequestHeaders: (_headers, stream) => {
    const terminal = stream as BareStream
    terminal.encodeHeaders(ANSWER, false)
    terminal.encodeData(BODY, true)
  },
  onRequestData: () => {},
  onRequestTrailers: () => {},
  onDownstreamWritable: () => {},
  abandon: () => {},
}

const nowhere: ResponseEncoder = {
  encodeInformational: () => {},
  encodeHeaders: () => {},
  encodeData: () => true,
  encodeTrailers: () => {},
  reset: () => {},
  readDisable: () => {},
} as unknown as ResponseEncoder

class BareStream extends ChainStream {
  protected override selectRoute(): undefined {
    return undefined
  }
  protected override finalizeResponse(): void {}
  protected override filterError(_filter: unknown, error: unknown): void {
    throw error
  }
  protected override streamDone(): void {}
  protected override nowMs(): number {
    return 1
  }
  protected override makeAbort(): never {
    throw new Error('nobody asked for a signal')
  }
  override wakeAt(): void {}
}

function filter(): { onRequestHeaders: () => void; onResponseHeaders: () => void } {
  return { onRequestHeaders: () => {}, onResponseHeaders: () => {} }
}

test.each([
  ['no filter', 0],
  ['ten filters that answer nothing', 10],
])('a stream through a chain of %s leaves nothing behind', (_, count) => {
  const entry = (name: string, create: () => object) => ({ name, create: create as never, disabled: false })
  const filters = Array.from({ length: count }, (_each, i) => entry(`f${i}`, () => filter()))
  const chain = new HttpFilterChain([...filters, entry('origin', () => origin)])
  const connection = {} as StreamInfo['connection']
  const run = (streams: number): void => {
    for (let i = 0; i < streams; i++) {
      const info = new StreamInfo(connection, 0, 0)
      new BareStream(chain, nowhere, info, i, 1 << 20).start(HEADERS, true)
    }
  }
  const streams = 50_000
  run(streams)
  // Of several rounds the least counts: others work on the same heap.
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < 4; round++) {
    collect()
    const before = process.memoryUsage().heapUsed
    run(streams)
    collect()
    least = Math.min(least, process.memoryUsage().heapUsed - before)
  }
  expect(least / streams).toBeLessThan(1)
})

test('a header walk leaves nothing behind', () => {
  let bytes = 0
  const walk = (times: number): void => {
    for (let i = 0; i < times; i++) HEADERS.forEach((name, value) => (bytes += name.length + value.length))
  }
  walk(50_000)
  collect()
  const before = process.memoryUsage().heapUsed
  walk(200_000)
  collect()
  expect((process.memoryUsage().heapUsed - before) / 200_000).toBeLessThan(1)
  expect(bytes).toBeGreaterThan(0)
})

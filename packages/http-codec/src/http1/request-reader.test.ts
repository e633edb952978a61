import type { RequestDecoder } from '@nuncio/core'
import { expect, test } from 'vitest'
import { MemorySocket } from '../testing/memory-socket.ts'
import { WriteBatch } from '../write-batch.ts'
import { HEAD, LATER } from './connection.ts'
import { http1Options } from './options.ts'
import { RequestReader } from './request-reader.ts'
import type { RequestKind, ServerStream } from './server-stream.ts'

/** A reader whose other half only writes down what it is told. */
class Told extends RequestReader {
  readonly lines: string[] = []
  constructor() {
    super(new MemorySocket(), new WriteBatch({ monotonicMs: () => 7 }), false, http1Options(), HEAD)
  }
  send(text: string): this {
    this.receive(Buffer.from(text, 'latin1'))
    return this
  }
  /** The response is over: what waits is read. */
  next(): this {
    this.stream = undefined
    this.state = HEAD
    this.readOn()
    return this
  }
  get waits(): boolean {
    return this.state === LATER
  }
  get rest(): boolean {
    return this.restIsHere
  }

  protected override openStream(kind: RequestKind): ServerStream {
    this.lines.push(`open ${kind}`)
    return (this.stream = { kind, over: false } as ServerStream)
  }
  protected override requestCame(): RequestDecoder {
    return {
      onHeaders: ({ path }, end) =>
        void this.lines.push(`headers ${path}${end ? ' end' : ''}${this.rest ? ' rest' : ''}`),
      onData: (chunk, end) => void this.lines.push(`data ${Buffer.from(chunk).toString()}${end ? ' end' : ''}`),
      onTrailers: () => void this.lines.push('trailers'),
      onReset: () => {},
      onWritable: () => {},
    }
  }
  protected override partialHeadCame(): void {
    this.lines.push(`partial ${this.partialHeadMs}`)
  }
  protected override refuse(_stream: ServerStream, details: string): void {
    this.lines.push(`refuse ${details}`)
  }
  protected override finishStream(): void {
    this.lines.push('finish')
  }
  protected override afterEnd(): void {}
  onBatchEnd(): void {}
  protected override onDrained(): void {}
}

const request = (method: string, path: string, more = ''): string =>
  `${method} ${path} HTTP/1.1\r\nhost: a\r\n${more}\r\n`

test('a request is handed on with its body, and those behind it wait for its end', () => {
  const reader = new Told().send(request('POST', '/1', 'content-length: 3\r\n') + 'abc' + request('GET', '/2'))
  expect([reader.lines, reader.waits]).toEqual([['open plain', 'headers /1 rest', 'data abc end'], true])
  reader.next()
  expect(reader.lines.slice(3)).toEqual(['open plain', 'headers /2 end'])
})

test('a head that comes in parts is told of once, when it begins', () => {
  const reader = new Told().send('GET / HT').send('TP/1.1\r\nho')
  expect(reader.lines).toEqual(['partial 7'])
  reader.send('st: a\r\n\r\n')
  expect([reader.lines.slice(1), reader.partialHeadMs]).toEqual([['open plain', 'headers / end'], -1])
})

test('what is no request gets a stream to be refused on, and nothing behind it is read', () => {
  const reader = new Told().send('GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n' + request('GET', '/2'))
  expect(reader.lines).toEqual(['open plain', expect.stringMatching(/^refuse http1\./)])
  reader.send(request('GET', '/3'))
  expect(reader.lines).toHaveLength(2)
})

test('a body that breaks off is refused on the stream that it belongs to', () => {
  const reader = new Told().send(request('POST', '/', 'transfer-encoding: chunked\r\n') + '2\r\nab\r\nzz\r\n')
  expect(reader.lines).toEqual(['open plain', 'headers /', expect.stringMatching(/^refuse http1\./)])
})

test('what is left of a request whose stream is over is passed over, and then it is finished', () => {
  const reader = new Told().send(request('POST', '/', 'content-length: 4\r\n') + 'ab')
  reader.stream!.over = true
  reader.send('cd')
  expect(reader.lines.slice(2)).toEqual(['data ab', 'finish'])
})

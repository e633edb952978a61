import { type RequestEncoder, type RequestHeaders, type ResetReason, responseHeaders } from '@nuncio/core'
import type { Host, HttpPool, PoolFailure, UpstreamCallbacks } from '../tcp-proxy/upstream.ts'

/** Streams of HTTP that a test answers by hand. */
export class FakeHttpPool implements HttpPool {
  readonly streams: FakeHttpStream[] = []
  /** Instead of a stream. */
  failure: PoolFailure | undefined = undefined
  readonly #host: Host

  constructor(host: Host) {
    this.#host = host
  }

  newStream(callbacks: UpstreamCallbacks): undefined {
    if (this.failure !== undefined) {
      callbacks.onPoolFailure(this.failure, this.#host, 'no')
      return undefined
    }
    const stream = new FakeHttpStream(callbacks)
    this.streams.push(stream)
    const connection = { id: 9, local: undefined, protocol: 'HTTP/1.1', tls: undefined, streamsBefore: 0 } as const
    callbacks.onPoolReady(stream, this.#host, connection)
    return undefined
  }
}

/** One of them: what was sent on it, and its answer. */
export class FakeHttpStream implements RequestEncoder {
  readonly callbacks: UpstreamCallbacks
  /** `CONNECT h.test:1 x-a=1` */
  head = ''
  sent = ''
  ended = false
  resetWith: ResetReason | '' = ''
  disabled = 0
  /** What `encodeData` answers. */
  room = true

  constructor(callbacks: UpstreamCallbacks) {
    this.callbacks = callbacks
  }

  encodeHeaders(headers: RequestHeaders): void {
    const lines: string[] = []
    headers.forEach((name, value) => void (name.startsWith(':') || lines.push(`${name}=${value}`)))
    this.head = [headers.method, headers.authority, headers.path, ...lines].filter((part) => part !== '').join(' ')
  }
  encodeData(chunk: Uint8Array, endStream: boolean): boolean {
    this.sent += Buffer.from(chunk).toString('latin1')
    this.ended = endStream
    return this.room
  }
  encodeTrailers(): void {}
  reset(reason: ResetReason): void {
    this.resetWith = reason
  }
  readDisable(disable: boolean): void {
    this.disabled += disable ? 1 : -1
  }

  answer(status: number, lines: readonly (readonly [string, string])[] = [], endStream = false): void {
    this.callbacks.onHeaders(responseHeaders(status, lines), endStream)
  }
  data(text: string, endStream = false): void {
    this.callbacks.onData(Buffer.from(text), endStream)
  }
}

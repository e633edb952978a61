import { FakeTime } from '@nuncio/core/testing'
import {
  type HeaderMap,
  type RequestDecoder,
  type RequestHeaders,
  type ResetReason,
  responseHeaders,
} from '@nuncio/core'
import { type Http1Options, http1Options } from '../http1/options.ts'
import { type ServerCallbacks, ServerConnection } from '../http1/server-connection.ts'
import type { ServerStream } from '../http1/server-stream.ts'
import { WriteBatch } from '../write-batch.ts'
import { MemorySocket } from './memory-socket.ts'

/** A request as the user of a server connection saw it. */
export class Recorded implements RequestDecoder {
  readonly stream: ServerStream
  method = ''
  path = ''
  host = ''
  protocol = ''
  lines: string[] = []
  body = ''
  trailers: string[] | undefined = undefined
  done = false
  reset: string | undefined = undefined
  writable = 0
  readonly #onDone: (request: Recorded) => void

  constructor(stream: ServerStream, onDone: (request: Recorded) => void) {
    this.stream = stream
    this.#onDone = onDone
  }

  onHeaders(headers: RequestHeaders, endStream: boolean): void {
    this.method = headers.method
    this.path = headers.path
    this.host = headers.authority
    this.protocol = headers.protocol
    headers.forEach((name, value) => this.lines.push(`${name}: ${value}`))
    if (endStream) this.#end()
  }
  onData(chunk: Uint8Array, endStream: boolean): void {
    this.body += Buffer.from(chunk).toString('latin1')
    if (endStream) this.#end()
  }
  onTrailers(trailers: HeaderMap): void {
    this.trailers = []
    trailers.forEach((name, value) => this.trailers!.push(`${name}: ${value}`))
    this.#end()
  }
  onReset(reason: ResetReason, details: string): void {
    this.reset = `${reason}: ${details}`
  }
  onWritable(): void {
    this.writable++
  }
  #end(): void {
    this.done = true
    this.#onDone(this)
  }
}

/** A server connection over memory whose requests are recorded and, unless told otherwise, answered 200 when complete. */
export class RecordingServer implements ServerCallbacks {
  readonly socket = new MemorySocket()
  readonly time = new FakeTime()
  /** Exceptions that came out of what the socket told; `undefined`: they go on to whoever pushed. */
  bugs: unknown[] | undefined = undefined
  readonly batch = new WriteBatch(this.time, (error) => {
    if (this.bugs === undefined) throw error
    this.bugs.push(error)
  })
  readonly connection: ServerConnection
  readonly requests: Recorded[] = []
  readonly events: string[] = []
  answer: (request: Recorded) => void = (request) => request.stream.encodeHeaders(responseHeaders(200), true)

  constructor(options: Partial<Http1Options> = {}, secure = false) {
    this.connection = new ServerConnection(this.socket, this, http1Options(options), this.batch, secure)
    this.connection.start()
  }

  onRequest(stream: ServerStream): RequestDecoder {
    const request = new Recorded(stream, (done) => this.answer(done))
    this.requests.push(request)
    return request
  }
  onMalformed(stream: ServerStream, status: number, details: string): void {
    this.events.push(`malformed ${status} ${details}`)
    stream.encodeHeaders(responseHeaders(status), true)
  }
  onPartialHead(): void {
    this.events.push('partial head')
  }
  onBrokenHead(stream: ServerStream): void {
    this.events.push(`broken head of ${stream.wireBytesReceived} bytes`)
  }
  onFinishing(): void {
    this.events.push('finishing')
  }
  onClose(_connection: ServerConnection, details: string): void {
    this.events.push(`close ${details}`)
  }

  /** Runs `task` as one callback of the event loop. */
  turn(task: () => void): void {
    this.socket.run(() => {
      this.batch.enter()
      task()
      this.batch.leave()
    })
  }

  /** The status of each response that was sent. */
  get statuses(): number[] {
    return [...this.socket.sent.matchAll(/^HTTP\/1\.[01] (\d{3})/gm)].map((match) => Number(match[1]))
  }
}

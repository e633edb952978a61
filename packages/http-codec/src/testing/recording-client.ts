import { FakeTime } from '@nuncio/core/testing'
import { type HeaderMap, type ResetReason, type ResponseDecoder, type ResponseHeaders } from '@nuncio/core'
import { type ClientCallbacks, ClientConnection } from '../http1/client-connection.ts'
import { type Http1Options, http1Options } from '../http1/options.ts'
import { WriteBatch } from '../write-batch.ts'
import { MemorySocket } from './memory-socket.ts'

/** A response as the user of a client connection saw it. */
export class RecordedResponse implements ResponseDecoder {
  readonly informational: number[] = []
  status = 0
  lines: string[] = []
  body = ''
  trailers: string[] | undefined = undefined
  done = false
  reset: string | undefined = undefined
  writable = 0
  /** Calls after the end or a reset: there must be none. */
  late = 0

  onInformational(headers: ResponseHeaders): void {
    this.#call()
    this.informational.push(headers.status)
  }
  onHeaders(headers: ResponseHeaders, endStream: boolean): void {
    this.#call()
    this.status = headers.status
    headers.forEach((name, value) => this.lines.push(`${name}: ${value}`))
    this.done = endStream
  }
  onData(chunk: Uint8Array, endStream: boolean): void {
    this.#call()
    this.body += Buffer.from(chunk).toString('latin1')
    this.done = endStream
  }
  onTrailers(trailers: HeaderMap): void {
    this.#call()
    this.trailers = []
    trailers.forEach((name, value) => this.trailers!.push(`${name}: ${value}`))
    this.done = true
  }
  onReset(reason: ResetReason, details: string): void {
    this.#call()
    this.reset = `${reason}: ${details}`
  }
  onWritable(): void {
    this.#call()
    this.writable++
  }
  #call(): void {
    if (this.done || this.reset !== undefined) this.late++
  }
}

/** A client connection over memory whose pool events are recorded. */
export class RecordingClient implements ClientCallbacks {
  readonly socket = new MemorySocket()
  readonly time = new FakeTime()
  readonly batch = new WriteBatch(this.time)
  readonly connection: ClientConnection
  readonly events: string[] = []
  onIdleNow: (() => void) | undefined = undefined

  constructor(options: Partial<Http1Options> = {}, connected = true) {
    this.connection = ClientConnection.over(
      this.socket,
      connected ? '' : 'connect',
      this,
      http1Options(options),
      this.batch,
      false,
    )
  }

  onConnected(): void {
    this.events.push('connected')
  }
  onIdle(_connection: ClientConnection, reusable: boolean): void {
    this.events.push(reusable ? 'reusable' : 'not reusable')
    this.onIdleNow?.()
  }
  onClose(_connection: ClientConnection, details: string): void {
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
}

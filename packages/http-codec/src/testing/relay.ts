import { createServer, type Server } from 'node:net'
import {
  type HeaderMap,
  type RequestDecoder,
  type RequestHeaders,
  type ResetReason,
  type ResponseDecoder,
  type ResponseHeaders,
  responseHeaders,
  type TimeSource,
} from '@nuncio/core'
import { type ClientCallbacks, ClientConnection, type ClientTarget } from '../http1/client-connection.ts'
import type { ClientStream } from '../http1/client-stream.ts'
import { releaseHeaders } from '../http1/header-pool.ts'
import { type Http1Options, http1Options } from '../http1/options.ts'
import { type ServerCallbacks, ServerConnection } from '../http1/server-connection.ts'
import type { ServerStream } from '../http1/server-stream.ts'
import type { CodecSocket } from '../batched-socket.ts'
import { WriteBatch } from '../write-batch.ts'

/** The machine's clock; the codec sets no timers. */
const machineTime: TimeSource = {
  monotonicMs: () => performance.now(),
  wallMs: () => performance.timeOrigin + performance.now(),
  setTimer: () => ({ cancel: () => {} }),
}

/** The smallest proxy that the codec allows: every request goes to one target, over connections that are used again. */
export class Relay implements ServerCallbacks, ClientCallbacks {
  readonly batch = new WriteBatch(machineTime)
  readonly options: Http1Options
  readonly idle: ClientConnection[] = []
  readonly connections = new Set<ServerConnection>()
  /** Upstream connections that were opened. */
  opened = 0
  readonly #dial: (relay: Relay) => ClientConnection

  constructor(target: ClientTarget | ((relay: Relay) => ClientConnection), options: Partial<Http1Options> = {}) {
    this.options = http1Options(options)
    this.#dial =
      typeof target === 'function' ? target : () => ClientConnection.open(target, this, this.options, this.batch)
  }

  /** A server of node:net whose connections are relayed. */
  listen(): Server {
    return createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.accept(socket, false))
  }

  accept(socket: CodecSocket, secure: boolean): ServerConnection {
    const connection = new ServerConnection(socket, this, this.options, this.batch, secure)
    this.connections.add(connection)
    connection.start()
    return connection
  }

  connectionFor(exchange: Exchange): ClientConnection | undefined {
    for (let idle = this.idle.pop(); idle !== undefined; idle = this.idle.pop()) if (idle.idle) return idle
    this.opened++
    const connection = this.#dial(this)
    if (connection.connected) return connection
    connection.userData = exchange
    return undefined
  }

  onRequest(stream: ServerStream): RequestDecoder {
    return new Exchange(this, stream)
  }
  onFinishing(connection: ServerConnection): void {
    connection.close('flush')
  }
  onConnected(connection: ClientConnection): void {
    const exchange = connection.userData as Exchange
    connection.userData = undefined
    exchange.connected(connection)
  }
  onIdle(connection: ClientConnection, reusable: boolean): void {
    if (reusable) this.idle.push(connection)
  }
  onClose(connection: ClientConnection | ServerConnection, details: string): void {
    if (connection instanceof ServerConnection) {
      this.connections.delete(connection)
      return
    }
    if (!connection.connected) (connection.userData as Exchange).failed(503, details)
    const at = this.idle.indexOf(connection)
    if (at >= 0) this.idle.splice(at, 1)
  }
}

/** One request on its way up. */
class Exchange implements RequestDecoder {
  readonly down: ServerStream
  up: ClientStream | undefined = undefined
  headers: RequestHeaders | undefined = undefined
  readonly #relay: Relay
  #ended = false
  #waiting: [Uint8Array, boolean][] | undefined = undefined
  #gone = false

  constructor(relay: Relay, down: ServerStream) {
    this.#relay = relay
    this.down = down
  }

  onHeaders(headers: RequestHeaders, endStream: boolean): void {
    this.headers = headers
    this.#ended = endStream
    const connection = this.#relay.connectionFor(this)
    if (connection === undefined) this.down.readDisable(true)
    else this.#send(connection)
  }

  connected(connection: ClientConnection): void {
    if (this.#gone) return this.#relay.onIdle(connection, true)
    this.down.readDisable(false)
    this.#send(connection)
  }

  failed(status: number, details: string): void {
    if (this.#gone) return
    this.#gone = true
    if (this.down.headersSent) this.down.reset('remote reset')
    else this.down.encodeHeaders(responseHeaders(status, [['x-details', details]]), true)
  }

  #send(connection: ClientConnection): void {
    const up = (this.up = connection.newStream(new Answer(this)))
    up.encodeHeaders(this.headers!, this.#ended)
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting !== undefined) for (const [chunk, end] of waiting) up.encodeData(chunk, end)
  }

  onData(chunk: Uint8Array, endStream: boolean): void {
    if (this.up === undefined) (this.#waiting ??= []).push([Uint8Array.from(chunk), endStream])
    else if (!this.up.encodeData(chunk, endStream)) this.down.readDisable(true)
  }
  onTrailers(trailers: HeaderMap): void {
    this.up?.encodeTrailers(trailers)
  }
  onReset(reason: ResetReason): void {
    this.#gone = true
    this.up?.reset(reason)
  }
  onWritable(): void {
    this.up?.readDisable(false)
  }
}

/** Its answer on the way down. */
class Answer implements ResponseDecoder {
  readonly #exchange: Exchange
  #headers: ResponseHeaders | undefined = undefined

  constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  onInformational(headers: ResponseHeaders): void {
    this.#exchange.down.encodeInformational(headers)
  }
  onHeaders(headers: ResponseHeaders, endStream: boolean): void {
    this.#headers = headers
    this.#exchange.down.encodeHeaders(headers, endStream)
    if (endStream) this.#done()
  }
  onData(chunk: Uint8Array, endStream: boolean): void {
    const { down, up } = this.#exchange
    if (!down.encodeData(chunk, endStream)) up!.readDisable(true)
    if (endStream) this.#done()
  }
  onTrailers(trailers: HeaderMap): void {
    this.#exchange.down.encodeTrailers(trailers)
    this.#done()
  }
  onReset(_reason: ResetReason, details: string): void {
    this.#exchange.failed(502, details)
  }
  onWritable(): void {
    this.#exchange.down.readDisable(false)
  }
  #done(): void {
    if (this.#headers !== undefined) releaseHeaders(this.#headers)
    if (this.#exchange.headers !== undefined) releaseHeaders(this.#exchange.headers)
  }
}

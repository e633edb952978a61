import { connect, type Socket } from 'node:net'
import type { HeaderTable, ResetReason, ResponseDecoder, ResponseHeaders } from '@nuncio/core'
import type { WriteBatch } from '../write-batch.ts'
import { NO_BYTES } from './bytes.ts'
import { ClientStream } from './client-stream.ts'
import { CHUNKS, HEAD, Http1Connection, IDLE, IN_PIPE, LENGTH, NOTHING, REST, TRAILERS } from './connection.ts'
import { CHUNKED, PIPE, UNTIL_CLOSE } from './framing.ts'
import { MALFORMED } from './head-parser.ts'
import type { Http1Options } from './options.ts'
import { OWN_FIELDS, type OwnFields } from './own-fields.ts'
import { ReadBuffer } from './read-buffer.ts'
import { ResponseHead } from './response-head.ts'
import type { CodecSocket } from '../batched-socket.ts'

/** What the user of a client connection, a pool, is told. One object may serve many connections. */
export interface ClientCallbacks {
  /** The connection is made (for TLS: after the handshake); `newStream` may be called. */
  onConnected(connection: ClientConnection): void
  /**
   * A stream is over. Reusable: `newStream` may be called again, here already. Otherwise the connection is closing, and
   * `onClose` follows.
   */
  onIdle(connection: ClientConnection, reusable: boolean): void
  /**
   * The socket is closed, or could not be connected (`connection.connected` is false). `details`: the socket's error
   * code (`ECONNREFUSED`), the codec's (`http1.unsolicited_response`), or '' for a plain close. The stream, if
   * there was one, was told before.
   */
  onClose(connection: ClientConnection, details: string): void
}

/** Where to connect: an address, or the path of a Unix socket. */
export interface ClientTarget {
  readonly host?: string
  readonly port?: number
  readonly path?: string
  /** The address to connect from. */
  readonly localAddress?: string
}

/** Left of a body, from which on larger reads pay. */
const LONG_BODY = 64 * 1024
/** 1xx responses before the final one. */
const MAX_INFORMATIONAL = 32

const head = new ResponseHead()

/** The client's end of an HTTP/1 connection: one request at a time, again and again while its framing is beyond doubt. */
export class ClientConnection extends Http1Connection {
  /** @internal */
  readonly fields: OwnFields
  /** For the user: whatever it wants to find again. */
  userData: unknown = undefined
  connected = false
  /** Streams that were begun. */
  streamsBegun = 0
  stream: ClientStream | undefined = undefined
  #reusable = true
  #closed = false
  /** Why the codec itself closed the connection. */
  #reason = ''
  readonly #callbacks: ClientCallbacks
  /** The memory that a plain socket reads into; undefined for sockets with `data` events. */
  readonly #buffer: ReadBuffer | undefined

  private constructor(
    socket: CodecSocket,
    buffer: ReadBuffer | undefined,
    callbacks: ClientCallbacks,
    options: Http1Options,
    batch: WriteBatch,
    secure: boolean,
  ) {
    super(socket, batch, secure, options, IDLE)
    this.fields = OWN_FIELDS[options.headerKeyFormat]
    this.#callbacks = callbacks
    this.#buffer = buffer
    const owned = socket as CodecSocket & Owned
    owned[OWNER] = this
    socket.setNoDelay?.(true)
    socket.on('end', onEnd)
    socket.on('error', onError)
    socket.on('close', onClose)
  }

  /** Opens a plain TCP or Unix connection. */
  static open(
    target: ClientTarget,
    callbacks: ClientCallbacks,
    options: Http1Options,
    batch: WriteBatch,
  ): ClientConnection {
    const buffer = new ReadBuffer()
    const socket = connect({
      ...(target as { port: number }),
      noDelay: true,
      allowHalfOpen: true,
      onread: { buffer: buffer.next, callback: onRead },
    })
    const connection = new ClientConnection(socket, buffer, callbacks, options, batch, false)
    socket.on('connect', onConnect)
    return connection
  }

  /**
   * Takes a socket that others made, such as a `tls.TLSSocket`; it must be `allowHalfOpen`. `readyEvent` is the event
   * that says it is connected (`secureConnect`); '' = it is already, and `onConnected` is not called.
   */
  static over(
    socket: CodecSocket,
    readyEvent: string,
    callbacks: ClientCallbacks,
    options: Http1Options,
    batch: WriteBatch,
    secure: boolean,
  ): ClientConnection {
    const connection = new ClientConnection(socket, undefined, callbacks, options, batch, secure)
    socket.on('data', onData)
    if (readyEvent === '') connection.connected = true
    else socket.on(readyEvent, onConnect)
    return connection
  }

  /** Whether `newStream` may be called. */
  get idle(): boolean {
    return this.connected && this.state === IDLE && !this.#closed
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Begins a request; only while `idle`. The response goes to `decoder`. */
  newStream(decoder: ResponseDecoder): ClientStream {
    const stream = new ClientStream(this, decoder)
    if (!this.idle) {
      stream.over = true
      return stream
    }
    this.stream = stream
    this.streamsBegun++
    this.state = HEAD
    return stream
  }

  /** Closes the socket. A stream in progress is reset with `connection termination`, at once. */
  close(details = 'local_close'): void {
    if (this.#closed) return
    this.batch.enter()
    try {
      this.#fail('connection termination', details)
    } finally {
      this.batch.leave()
    }
  }

  onBatchEnd(): void {
    this.queued = false
    this.flushText()
  }

  protected override onDrained(): void {
    this.tellWritable()
  }

  // What follows is for ClientStream.

  /** @internal */
  tellWritable(): void {
    const { stream } = this
    if (stream === undefined || !stream.blocked) return
    stream.blocked = false
    stream.decoder.onWritable()
  }

  /** @internal The user has no more to send into the pipe. */
  endWrite(stream: ClientStream): void {
    this.flushText()
    this.writeClosed = true
    this.socket.end()
    if (stream.responseDone) this.#finishStream(stream)
  }

  /** @internal */
  abortStream(stream: ClientStream): void {
    stream.over = true
    this.stream = undefined
    this.#reusable = false
    this.#destroy('local_reset')
    this.#callbacks.onIdle(this, false)
  }

  // Receiving.

  /** @internal Answers whether to go on reading. */
  receive(bytes: Buffer, length: number): boolean {
    const { batch } = this
    this.#buffer?.lend()
    batch.enter()
    try {
      this.bytesReceived += length
      this.lastReadMs = batch.nowMs()
      batch.retained = false
      if (this.hold === undefined) this.#run(bytes, 0, length)
      else {
        this.append(bytes, 0, length)
        this.#run(this.hold, this.holdStart, this.holdEnd)
      }
    } catch (error) {
      batch.bug(error)
      this.socket.destroy()
    } finally {
      batch.leave()
    }
    if (this.#buffer !== undefined) this.#buffer.consumed(length, batch.retained, this.#bodyGoesOn())
    return !this.readPaused
  }

  #bodyGoesOn(): boolean {
    const state = this.state
    return state === LENGTH ? this.left > LONG_BODY : state === CHUNKS || state === REST || state === IN_PIPE
  }

  #run(bytes: Buffer, from: number, end: number): void {
    let i = from
    while (i < end) {
      const next = this.#step(bytes, i, end)
      if (next < 0) break
      i = next
    }
    if (i < end && !this.#closed && this.state !== NOTHING) this.keep(bytes, i, end, false)
    else if (this.hold !== undefined) this.dropHeld()
  }

  #step(bytes: Buffer, i: number, end: number): number {
    switch (this.state) {
      case HEAD:
        return this.#head(bytes, i, end)
      case LENGTH:
        return this.readLength(bytes, i, end)
      case CHUNKS:
        return this.readChunks(bytes, i, end)
      case TRAILERS:
        return this.readTrailers(bytes, i, end)
      case REST:
      case IN_PIPE:
        this.count(end - i)
        this.body(bytes, i, end, false, true)
        return end
      case IDLE:
        // Nobody asked: it would be taken for the answer to whatever is asked next.
        this.#fail('protocol error', 'http1.unsolicited_response')
        return end
      default:
        return end
    }
  }

  #head(bytes: Buffer, i: number, end: number): number {
    const stream = this.stream!
    // The head of the request has not left yet, so this cannot be the answer to it.
    if (!stream.headersSent || this.text !== '') return this.malformed('http1.premature_response', end)
    const parser = this.parserFor('response', 0)
    const length = parser.parse(bytes, i, end)
    if (length === MALFORMED) return this.malformed(parser.error, end)
    if ((length < 0 ? end - i : length) > this.maxHeadBytes) return this.malformed('http1.headers_too_large', end)
    if (length < 0) return -1
    const headers = head.read(parser, bytes, i, length, this.options, stream.asked)
    if (headers === undefined) return this.malformed(head.error, end)
    const { headerBytes } = parser
    this.forgetParser()
    stream.headerBytesReceived += headerBytes
    stream.wireBytesReceived += length
    if (headers.status < 200 && headers.status !== 101) {
      if (++stream.informational > MAX_INFORMATIONAL) return this.malformed('http1.too_many_informational', end)
      stream.decoder.onInformational(headers)
    } else {
      this.#final(stream, headers, i + length === end)
    }
    return i + length
  }

  #final(stream: ClientStream, headers: ResponseHeaders, alone: boolean): void {
    const { body } = head
    if (!head.persistent) this.#reusable = false
    this.left = body > 0 ? body : 0
    if (body === 0) {
      this.state = NOTHING
      stream.responseDone = true
      stream.decoder.onHeaders(headers, true)
      this.#endResponse(stream, alone)
      return
    }
    this.state = body > 0 ? LENGTH : body === CHUNKED ? CHUNKS : body === UNTIL_CLOSE ? REST : IN_PIPE
    if (body === CHUNKED) this.beginChunks()
    stream.decoder.onHeaders(headers, false)
    if (body === PIPE && !stream.over) stream.openPipe()
  }

  protected override body(bytes: Buffer, from: number, to: number, last: boolean, alone: boolean): void {
    const { stream } = this
    if (stream === undefined) return
    if (last) {
      this.state = NOTHING
      stream.responseDone = true
    }
    stream.decoder.onData(from === to ? NO_BYTES : bytes.subarray(from, to), last)
    if (last) this.#endResponse(stream, alone)
  }

  protected override bodyTrailers(trailers: HeaderTable, alone: boolean): void {
    const stream = this.stream!
    this.state = NOTHING
    stream.responseDone = true
    stream.decoder.onTrailers(trailers)
    this.#endResponse(stream, alone)
  }

  /** The response was handed on as a whole; `alone`: no further bytes came with it. */
  #endResponse(stream: ClientStream, alone: boolean): void {
    if (stream.over) return
    if (!alone) {
      this.#reusable = false
      this.#reason = 'http1.unsolicited_response'
    }
    this.#finishStream(stream)
  }

  #finishStream(stream: ClientStream): void {
    if (stream.over) return
    stream.over = true
    this.stream = undefined
    this.clearReadDisables()
    // An answer before the end of the request leaves the rest of it undefined; a queue that has not emptied, too.
    const sent = stream.requestDone && this.text === '' && this.socket.writableLength === 0
    const reusable = this.#reusable && sent && !this.readEnded && !this.#closed
    if (reusable) this.state = IDLE
    // Both ends of a pipe have said that they are done: what waits may still go out, then the socket closes by itself.
    else if (stream.isPipe && this.#reason === '') this.state = NOTHING
    else this.#destroy(this.#reason)
    this.#callbacks.onIdle(this, reusable)
  }

  /** The response cannot be understood: the stream fails, and the connection goes. */
  protected override malformed(details: string, end: number): number {
    this.forgetParser()
    this.#fail('protocol error', details)
    return end
  }

  /** The peer is gone. Within a head or a body that leaves a message that is none, in the words of Envoy. */
  #brokenOff(details: string): void {
    const { state, stream } = this
    const inBody = state === LENGTH || state === CHUNKS || state === TRAILERS
    const within = inBody || (state === HEAD && this.hold !== undefined)
    this.#fail(within ? 'protocol error' : 'connection termination', stream === undefined ? '' : details)
  }

  #fail(reason: ResetReason, details: string): void {
    const { stream } = this
    this.stream = undefined
    this.#reusable = false
    this.#destroy(details)
    if (stream === undefined || stream.over) return
    stream.over = true
    stream.decoder.onReset(reason, details)
    this.#callbacks.onIdle(this, false)
  }

  #destroy(reason: string): void {
    if (this.#reason === '') this.#reason = reason
    this.state = NOTHING
    this.writeClosed = true
    this.text = ''
    this.dropHeld()
    this.socket.destroy()
  }

  // What the socket tells.

  /** @internal */
  socketConnected(): void {
    if (this.#closed || this.state === NOTHING) return
    this.connected = true
    this.batch.enter()
    try {
      this.#callbacks.onConnected(this)
    } catch (error) {
      this.batch.bug(error)
      this.socket.destroy()
    } finally {
      this.batch.leave()
    }
  }

  /** @internal The peer has finished writing. */
  socketEnded(): void {
    this.readEnded = true
    this.#reusable = false
    this.batch.enter()
    try {
      const { stream } = this
      if (stream !== undefined && (this.state === REST || this.state === IN_PIPE)) {
        const pipe = this.state === IN_PIPE
        this.state = NOTHING
        stream.responseDone = true
        stream.decoder.onData(NO_BYTES, true)
        if (!pipe || stream.requestDone) this.#finishStream(stream)
      } else if (this.state !== NOTHING) {
        this.#brokenOff('upstream_remote_disconnect')
      }
    } catch (error) {
      this.batch.bug(error)
      this.socket.destroy()
    } finally {
      this.batch.leave()
    }
  }

  /** @internal */
  socketClosed(): void {
    if (this.#closed) return
    this.#closed = true
    this.#buffer?.release()
    this.batch.enter()
    try {
      const details = this.socketError !== '' && this.#reason === '' ? this.socketError : this.#reason
      this.forgetParser()
      if (this.stream !== undefined) this.#brokenOff(details === '' ? 'upstream_remote_disconnect' : details)
      this.#callbacks.onClose(this, details)
    } catch (error) {
      this.batch.bug(error)
      this.socket.destroy()
    } finally {
      this.batch.leave()
    }
  }
}

const OWNER = Symbol('nuncio.client')
interface Owned {
  [OWNER]: ClientConnection
}

// One function for all connections.
function onRead(this: unknown, length: number, bytes: Uint8Array): boolean {
  return (this as Socket & Owned)[OWNER].receive(bytes as Buffer, length)
}
function onData(this: Owned, bytes: Buffer): void {
  this[OWNER].receive(bytes, bytes.length)
}
function onConnect(this: Owned): void {
  this[OWNER].socketConnected()
}
function onEnd(this: Owned): void {
  this[OWNER].socketEnded()
}
function onError(this: Owned, error: NodeJS.ErrnoException): void {
  this[OWNER].socketError = error.code ?? error.message
}
function onClose(this: Owned): void {
  this[OWNER].socketClosed()
}

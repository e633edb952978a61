import type { HeaderTable, RequestDecoder, RequestHeaders } from '@nuncio/core'
import type { WriteBatch } from '../write-batch.ts'
import { NO_BYTES } from './bytes.ts'
import { CHUNKS, HEAD, Http1Connection, IN_PIPE, LATER, LENGTH, NOTHING, TRAILERS } from './connection.ts'
import { errorStatus } from './errors.ts'
import { CHUNKED } from './framing.ts'
import { MALFORMED } from './head-parser.ts'
import type { Http1Options } from './options.ts'
import { OWN_FIELDS, type OwnFields } from './own-fields.ts'
import { RequestHead } from './request-head.ts'
import { type RequestKind, ServerStream } from './server-stream.ts'
import { sendMalformedReply } from './malformed-reply.ts'
import type { CodecSocket } from '../batched-socket.ts'

/** What the user of a server connection is told. One object may serve many connections. */
export interface ServerCallbacks {
  /** A request's head has come. The decoder that is answered gets it next, in `onHeaders`. */
  onRequest(stream: ServerStream, connection: ServerConnection): RequestDecoder
  /**
   * What came cannot be understood, in a head (`stream.decoder` is undefined) or in a body. Answer with `status` on the
   * stream: the connection closes behind the answer. Left out: the codec answers with an empty body. When the
   * response has begun already, the decoder's `onReset` is called in its place.
   */
  onMalformed?(stream: ServerStream, status: number, details: string, connection: ServerConnection): void
  /** The first part of a head has come, and the rest has not: the time for a headers timeout. `onRequest` ends it. */
  onPartialHead?(connection: ServerConnection): void
  /**
   * The connection is ending: everything is written, FIN is sent, and bytes of the peer are thrown away until it closes
   * too. The time for a delayed close timeout; `destroy` ends the waiting. (While a slow peer still takes the last
   * bytes, this has not been called, and `unwritten` goes down.)
   */
  onFinishing?(connection: ServerConnection): void
  /** The socket is closed. The stream, if there was one, was told before. `details`: '' or the socket's error code. */
  onClose?(connection: ServerConnection, details: string): void
}

/** How a connection is closed: at once, after what waits was written, or so and then by the peer first. */
export type CloseMode = 'abort' | 'flush' | 'delayed'

const head = new RequestHead()
const NO_STREAM_MS = -1

/** The server's end of an HTTP/1 connection. Make it, then `start` it. */
export class ServerConnection extends Http1Connection {
  /** @internal */
  readonly fields: OwnFields
  /** For the user: whatever it wants to find again. */
  userData: unknown = undefined
  /** The request in progress. */
  stream: ServerStream | undefined = undefined
  /** Streams that are over. */
  streamsHandled = 0
  /** Monotonic ms since a head is partly there; -1 = none is. */
  partialHeadMs = NO_STREAM_MS
  /** @internal The protocol that the present request would upgrade to. */
  upgradeProtocol = ''
  #running = false
  #inHand = 0
  #emptyLines = 0
  #draining = false
  #closeAfter = false
  #closed = false
  readonly #callbacks: ServerCallbacks

  constructor(
    socket: CodecSocket,
    callbacks: ServerCallbacks,
    options: Http1Options,
    batch: WriteBatch,
    secure = false,
  ) {
    super(socket, batch, secure, options, HEAD)
    this.fields = OWN_FIELDS[options.headerKeyFormat]
    this.#callbacks = callbacks
  }

  /** Begins to read; `initialData` is what others have read before. The socket must be `allowHalfOpen`. */
  start(initialData?: Buffer): void {
    const socket = this.socket as CodecSocket & Owned
    socket[OWNER] = this
    socket.setNoDelay?.(true)
    socket.on('data', onData)
    socket.on('end', onEnd)
    socket.on('error', onError)
    socket.on('close', onClose)
    // Who has looked at the first bytes may have paused the socket since.
    socket.resume()
    if (initialData !== undefined && initialData.length > 0) this.receive(initialData)
  }

  /** Whether a request is in progress, or bytes of a later one are here. */
  get busy(): boolean {
    return this.stream !== undefined || this.hold !== undefined
  }

  get closed(): boolean {
    return this.#closed
  }

  /** The next response says `connection: close`, and the connection closes behind it. */
  drain(): void {
    this.#draining = true
  }

  /** Closes the connection; a stream in progress is reset. May be called again with less patience. */
  close(mode: CloseMode): void {
    if (this.#closed) return
    this.batch.enter()
    try {
      const { stream } = this
      if (stream !== undefined) this.#drop(stream, 'connection termination', 'local_close')
      if (mode === 'abort') this.destroy()
      else if (!this.writeClosed) this.#finish(mode === 'delayed')
      else if (mode === 'flush') destroyWhenWritten(this.socket)
    } finally {
      this.batch.leave()
    }
  }

  /** Gives up on a head that is partly there, as if it were malformed; nothing happens when none is. */
  refuseHead(details: string): void {
    if (this.#closed || this.stream !== undefined || this.partialHeadMs < 0) return
    this.batch.enter()
    try {
      this.malformed(details, 0)
      this.dropHeld()
    } finally {
      this.batch.leave()
    }
  }

  /** Closes the socket at once. */
  destroy(): void {
    this.state = NOTHING
    this.writeClosed = true
    this.dropHeld()
    this.socket.destroy()
  }

  onBatchEnd(): void {
    this.queued = false
    if (this.hold !== undefined && this.state !== LATER && !this.#running)
      this.#run(this.hold, this.holdStart, this.holdEnd)
    else if (this.readEnded && !this.#running) this.#afterEnd()
    this.flushText()
  }

  protected override onDrained(): void {
    const { stream } = this
    if (this.state === HEAD && this.hold !== undefined) this.enqueue()
    if (stream === undefined || !stream.blocked) return
    stream.blocked = false
    stream.decoder?.onWritable()
  }

  // What follows is for ServerStream.

  /** @internal Whether the connection will not outlive the stream whose head is about to be written. */
  closesAfter(stream: ServerStream): boolean {
    if (this.#closeAfter || this.#draining) return true
    // A refused tunnel: what the client may have sent into it must not be read as a request.
    if (stream.kind === 'connect' || stream.kind === 'upgrade') return true
    // An answer before the end of the request: the rest of it is not waited for.
    return !stream.requestDone && !this.#restIsHere()
  }

  /** @internal */
  closeAfterStream(): void {
    this.#closeAfter = true
  }

  /** @internal */
  openPipe(): void {
    this.state = IN_PIPE
    if (this.hold !== undefined || this.readEnded) this.enqueue()
  }

  /** @internal The last byte of a response was written. */
  endResponse(stream: ServerStream): void {
    if (stream.responseDone) return
    stream.responseDone = true
    if (stream.isPipe) return this.#endPipe(stream)
    if (stream.requestDone) return this.#finishStream(stream)
    if (this.#closeAfter || !this.#restIsHere()) {
      this.#closeAfter = true
      return this.#finishStream(stream)
    }
    // The rest of the request is in hand: pass over it, and the connection can stay.
    stream.over = true
  }

  /** @internal The user gives the stream up. */
  abortStream(stream: ServerStream): void {
    stream.over = true
    this.stream = undefined
    // What was said before goes out: a client that sees a broken body knows more than one that sees nothing.
    this.flushText()
    this.destroy()
  }

  #restIsHere(): boolean {
    return this.state === LENGTH && this.left <= this.#inHand
  }

  #finishStream(stream: ServerStream): void {
    stream.over = true
    this.stream = undefined
    this.streamsHandled++
    this.clearReadDisables()
    if (this.#closeAfter) return this.#finish(true)
    this.state = HEAD
    if (!this.#running && (this.hold !== undefined || this.readEnded)) this.enqueue()
  }

  #endPipe(stream: ServerStream): void {
    this.flushText()
    this.writeClosed = true
    this.socket.end()
    if (stream.requestDone) stream.over = true
  }

  #finish(delayed: boolean): void {
    this.state = NOTHING
    this.flushText()
    if (this.writeClosed) return
    this.writeClosed = true
    this.dropHeld()
    this.clearReadDisables()
    this.socket.end()
    if (!delayed) destroyWhenWritten(this.socket)
    else if (this.socket.writableLength === 0) this.socketFinished()
    else this.socket.on('finish', onFinish)
  }

  #drop(stream: ServerStream, reason: 'connection termination' | 'protocol error', details: string): void {
    this.stream = undefined
    if (stream.over) return
    stream.over = true
    stream.decoder?.onReset(reason, details)
  }

  // Receiving.

  /** @internal */
  receive(bytes: Buffer): void {
    this.bytesReceived += bytes.length
    const { batch } = this
    batch.enter()
    try {
      this.lastReadMs = batch.nowMs()
      if (this.hold === undefined) return this.#run(bytes, 0, bytes.length)
      this.append(bytes, 0, bytes.length)
      if (this.state === LATER) this.keep(this.hold, this.holdStart, this.holdEnd, true)
      else this.#run(this.hold, this.holdStart, this.holdEnd)
    } finally {
      batch.leave()
    }
  }

  #run(bytes: Buffer, from: number, end: number): void {
    this.#running = true
    let i = from
    try {
      while (i < end) {
        const next = this.#step(bytes, i, end)
        if (next < 0) break
        i = next
      }
    } finally {
      this.#running = false
    }
    const partialHead = this.state === HEAD && this.parser !== undefined
    if (i < end) this.keep(bytes, i, end, this.state === LATER || (this.state === HEAD && !partialHead))
    else if (this.hold !== undefined) this.dropHeld()
    if (this.readEnded) this.#afterEnd()
    else if (partialHead && this.partialHeadMs < 0) {
      this.partialHeadMs = this.batch.nowMs()
      this.#callbacks.onPartialHead?.(this)
    }
  }

  /** Where the bytes after the step begin; -1: those from `i` on have to wait. */
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
      case LATER:
        return -1
      case IN_PIPE:
        this.stream!.decoder!.onData(slice(bytes, i, end), false)
        return end
      default:
        return end
    }
  }

  #head(bytes: Buffer, i: number, end: number): number {
    // Who does not read the answers gets no more of them: otherwise small pipelined requests would fill the memory.
    if (this.parser === undefined && !this.writable) return -1
    const parser = this.parserFor('request', this.#emptyLines)
    const length = parser.parse(bytes, i, end)
    if (length < 0) {
      if (length === MALFORMED) return this.malformed(parser.error, end)
      if (parser.onlyEmptyLines(end - i)) {
        this.#emptyLines = parser.emptyLines
        this.forgetParser()
        return end
      }
      return end - i > this.maxHeadBytes ? this.malformed('http1.headers_too_large', end) : -1
    }
    if (length > this.maxHeadBytes) return this.malformed('http1.headers_too_large', end)
    const headers = head.read(parser, bytes, i, length, this.options)
    if (headers === undefined) return this.malformed(head.error, end)
    this.forgetParser()
    this.#emptyLines = 0
    this.#inHand = end - i - length
    this.#open(headers, length)
    this.#inHand = 0
    return i + length
  }

  #open(headers: RequestHeaders, length: number): void {
    const { body } = head
    const startMs = this.partialHeadMs < 0 ? this.batch.nowMs() : this.partialHeadMs
    this.partialHeadMs = NO_STREAM_MS
    if (!head.persistent) this.#closeAfter = true
    this.upgradeProtocol = headers.protocol
    const stream = new ServerStream(this, requestKind(headers), head.http10, length, startMs)
    this.stream = stream
    this.left = body
    this.state = body > 0 ? LENGTH : body === CHUNKED ? CHUNKS : LATER
    stream.requestDone = body === 0
    if (body === CHUNKED) this.beginChunks()
    const decoder = this.#callbacks.onRequest(stream, this)
    stream.decoder = decoder
    if (!stream.over) decoder.onHeaders(headers, body === 0)
  }

  protected override body(bytes: Buffer, from: number, to: number, last: boolean): void {
    const stream = this.stream!
    if (last) {
      stream.requestDone = true
      this.state = LATER
    }
    if (!stream.over) stream.decoder!.onData(slice(bytes, from, to), last)
    else if (last) this.#finishStream(stream)
  }

  protected override bodyTrailers(trailers: HeaderTable): void {
    const stream = this.stream!
    stream.requestDone = true
    this.state = LATER
    if (!stream.over) stream.decoder!.onTrailers(trailers)
    else this.#finishStream(stream)
  }

  /** Answers a request that cannot be understood; nothing more is read. */
  protected override malformed(details: string, end: number): number {
    this.forgetParser()
    this.#closeAfter = true
    this.state = NOTHING
    let stream = this.stream
    if (stream === undefined) {
      const startMs = this.partialHeadMs < 0 ? this.batch.nowMs() : this.partialHeadMs
      stream = this.stream = new ServerStream(this, 'plain', false, 0, startMs)
    }
    this.partialHeadMs = NO_STREAM_MS
    stream.requestDone = true
    if (stream.over) this.#finishStream(stream)
    else if (stream.headersSent) {
      this.#drop(stream, 'protocol error', details)
      this.destroy()
    } else if (this.#callbacks.onMalformed === undefined) sendMalformedReply(stream, errorStatus(details))
    else this.#callbacks.onMalformed(stream, errorStatus(details), details, this)
    return end
  }

  // What the socket tells.

  /** @internal */
  socketEnded(): void {
    this.readEnded = true
    this.batch.enter()
    try {
      this.#afterEnd()
    } finally {
      this.batch.leave()
    }
  }

  /** The peer has finished writing, and all that it wrote and may be looked at now is worked off. */
  #afterEnd(): void {
    const { stream } = this
    if (this.state === HEAD) {
      // Whole requests that wait for the client to take its answers are still to be served.
      if (this.hold === undefined || this.parser !== undefined) this.#finish(true)
      return
    }
    if (this.state === NOTHING || stream === undefined) return
    // What will be a pipe is told when it is one.
    if (this.state === LATER && (stream.kind === 'connect' || stream.kind === 'upgrade')) return
    // Who gives up a request cannot be told from who has only ended his half: as with Envoy and nginx, both are gone.
    if (this.state !== IN_PIPE) {
      this.#drop(stream, 'connection termination', 'downstream_remote_disconnect')
      this.destroy()
    } else if (!stream.requestDone) {
      stream.requestDone = true
      stream.decoder!.onData(NO_BYTES, true)
      if (stream.responseDone) stream.over = true
    }
  }

  /** @internal Everything was written, FIN too. */
  socketFinished(): void {
    if (!this.readEnded && !this.#closed) this.#callbacks.onFinishing?.(this)
  }

  /** @internal */
  socketClosed(): void {
    if (this.#closed) return
    this.#closed = true
    this.state = NOTHING
    this.writeClosed = true
    this.forgetParser()
    this.hold = undefined
    const { batch, stream } = this
    batch.enter()
    try {
      if (stream !== undefined) this.#drop(stream, 'connection termination', 'downstream_remote_disconnect')
      this.#callbacks.onClose?.(this, this.socketError)
    } finally {
      batch.leave()
    }
  }
}

const OWNER = Symbol('nuncio.server')
interface Owned {
  [OWNER]: ServerConnection
}

// One function for all connections: listeners are made once, not for each socket.
function onData(this: Owned, bytes: Buffer): void {
  this[OWNER].receive(bytes)
}
function onEnd(this: Owned): void {
  this[OWNER].socketEnded()
}
function onFinish(this: Owned): void {
  this[OWNER].socketFinished()
}
function onError(this: Owned, error: NodeJS.ErrnoException): void {
  this[OWNER].socketError = error.code ?? error.message
}
function onClose(this: Owned): void {
  this[OWNER].socketClosed()
}

function slice(bytes: Buffer, from: number, to: number): Buffer {
  return from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to)
}

function requestKind(headers: RequestHeaders): RequestKind {
  if (headers.method === 'HEAD') return 'head'
  if (headers.method === 'CONNECT') return 'connect'
  return headers.protocol === '' ? 'plain' : 'upgrade'
}

function destroyWhenWritten(socket: CodecSocket): void {
  if (socket.writableLength === 0) socket.destroy()
  else socket.on('finish', () => socket.destroy())
}

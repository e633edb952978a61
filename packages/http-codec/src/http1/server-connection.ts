import type { RequestDecoder } from '@nuncio/core'
import type { WriteBatch } from '../write-batch.ts'
import { NO_BYTES } from './bytes.ts'
import { HEAD, IN_PIPE, LATER, NOTHING } from './connection.ts'
import { errorStatus } from './errors.ts'
import type { Http1Options } from './options.ts'
import { OWN_FIELDS, type OwnFields } from './own-fields.ts'
import { RequestReader } from './request-reader.ts'
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
  /** The peer is gone within a head: of this stream nothing more comes, and nothing can be answered. */
  onBrokenHead?(stream: ServerStream, connection: ServerConnection): void
  /**
   * The connection is ending: FIN is on its way, and bytes of the peer are thrown away until it closes too. The time for a
   * delayed close timeout; `destroy` ends the waiting. While a slow peer has still to take the last bytes, `unwritten` is
   * not 0 and `progress` changes, and this is called again when they are gone.
   */
  onFinishing?(connection: ServerConnection): void
  /** The socket is closed. The stream, if there was one, was told before. `details`: '' or the socket's error code. */
  onClose?(connection: ServerConnection, details: string): void
}

/** How a connection is closed: at once, after what waits was written, or so and then by the peer first. */
export type CloseMode = 'abort' | 'flush' | 'delayed'

/** The server's end of an HTTP/1 connection. Make it, then `start` it. */
export class ServerConnection extends RequestReader {
  /** @internal */
  readonly fields: OwnFields
  /** For the user: whatever it wants to find again. */
  userData: unknown = undefined
  /** Streams that are over. */
  streamsHandled = 0
  #draining = false
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

  /** Whether nothing more is sent, and the socket is still open for the peer: to take the rest, or to close too. */
  get ending(): boolean {
    return this.writeClosed && !this.#closed && !(this.readEnded && this.socket.writableLength === 0)
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
      else if (this.state === IN_PIPE) this.#awaitPeer()
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
    this.readOn()
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
    if (this.closeAfter || this.#draining) return true
    // A refused tunnel: what the client may have sent into it must not be read as a request.
    if (stream.kind === 'connect' || stream.kind === 'upgrade') return true
    // An answer before the end of the request: the rest of it is not waited for.
    return !stream.requestDone && !this.restIsHere
  }

  /** @internal */
  closeAfterStream(): void {
    this.closeAfter = true
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
    if (stream.requestDone) return this.finishStream(stream)
    if (this.closeAfter || !this.restIsHere) {
      this.closeAfter = true
      return this.finishStream(stream)
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

  protected override finishStream(stream: ServerStream): void {
    stream.over = true
    this.stream = undefined
    this.streamsHandled++
    this.clearReadDisables()
    if (this.closeAfter) return this.#finish(true)
    this.state = HEAD
    if (!this.running && (this.hold !== undefined || this.readEnded)) this.enqueue()
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
    this.socket.end()
    if (delayed) return this.#awaitPeer()
    this.dropHeld()
    this.clearReadDisables()
    destroyWhenWritten(this.socket)
  }

  /** FIN is on its way: what the peer still says is passed over, until it closes too. */
  #awaitPeer(): void {
    this.state = NOTHING
    this.dropHeld()
    this.clearReadDisables()
    const waits = this.socket.writableLength > 0
    if (waits) this.socket.on('finish', onFinish)
    if (waits || !this.readEnded) this.#callbacks.onFinishing?.(this)
  }

  #drop(stream: ServerStream, reason: 'connection termination' | 'protocol error', details: string): void {
    this.stream = undefined
    if (stream.over) return
    stream.over = true
    stream.decoder?.onReset(reason, details)
  }

  // What the reader finds.

  protected override openStream(kind: RequestKind, http10: boolean, startMs: number): ServerStream {
    return (this.stream = new ServerStream(this, kind, http10, startMs))
  }

  protected override requestCame(stream: ServerStream): RequestDecoder {
    return this.#callbacks.onRequest(stream, this)
  }

  protected override partialHeadCame(): void {
    this.#callbacks.onPartialHead?.(this)
  }

  protected override refuse(stream: ServerStream, details: string): void {
    if (stream.over) this.finishStream(stream)
    else if (stream.headersSent) {
      this.#drop(stream, 'protocol error', details)
      this.destroy()
    } else if (this.#callbacks.onMalformed === undefined) sendMalformedReply(stream, errorStatus(details))
    else this.#callbacks.onMalformed(stream, errorStatus(details), details, this)
  }

  // What the socket tells.

  /** @internal */
  socketEnded(): void {
    this.readEnded = true
    this.batch.enter()
    try {
      this.afterEnd()
    } catch (error) {
      this.batch.bug(error)
      this.socket.destroy()
    } finally {
      this.batch.leave()
    }
  }

  /** The peer has finished writing, and all that it wrote and may be looked at now is worked off. */
  protected override afterEnd(): void {
    const { stream } = this
    if (this.state === HEAD) {
      // Whole requests that wait for the client to take its answers are still to be served.
      if (this.hold !== undefined && this.parser === undefined) return
      this.#breakHead()
      this.#finish(true)
      return
    }
    if (this.state === NOTHING || stream === undefined) return
    // Who has sent into a pipe that is not open yet and ended may be served still; who has only ended is gone.
    if (
      this.state === LATER &&
      this.holdEnd > this.holdStart &&
      (stream.kind === 'connect' || stream.kind === 'upgrade')
    )
      return
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

  /** A request counts from its first byte, also one that does not get further. */
  #breakHead(): void {
    const stream = this.takeBrokenHead()
    if (stream === undefined) return
    stream.over = true
    this.#callbacks.onBrokenHead?.(stream, this)
  }

  /** @internal Everything was written, FIN too. */
  socketFinished(): void {
    if (!this.readEnded && !this.#closed) this.#callbacks.onFinishing?.(this)
  }

  /** @internal */
  socketClosed(): void {
    if (this.#closed) return
    this.#closed = true
    const { batch, stream } = this
    batch.enter()
    try {
      this.#breakHead()
      this.state = NOTHING
      this.writeClosed = true
      this.forgetParser()
      this.hold = undefined
      if (stream !== undefined) this.#drop(stream, 'connection termination', 'downstream_remote_disconnect')
      this.#callbacks.onClose?.(this, this.socketError)
    } catch (error) {
      batch.bug(error)
      this.socket.destroy()
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

function destroyWhenWritten(socket: CodecSocket): void {
  if (socket.writableLength === 0) socket.destroy()
  else socket.on('finish', () => socket.destroy())
}

import type { BytesMeter, HeaderMap, MessageDecoder, MessageEncoder, ResetReason } from '@nuncio/core'
import { MAX_PAYLOAD } from '../frames/frame-types.ts'
import type { Http2Violation } from '../violations.ts'
import type { Http2Link } from './link.ts'
import { ByteQueue } from './byte-queue.ts'
import { ReceiveWindow } from './receive-window.ts'
import { DONE, HELD, MORE, type Sender } from './send-schedule.ts'

const EMPTY = Buffer.alloc(0)
const FRAME_HEAD = 9

/** One exchange on a connection, whichever end we are: bodies, trailers, resets, and their flow control. */
export abstract class Http2Stream implements MessageEncoder, Sender, BytesMeter {
  readonly connection: Http2Link
  id: number
  /** Neither side calls the other any more. */
  over = false
  wireBytesReceived = 0
  wireBytesSent = 0
  headerBytesReceived = 0
  headerBytesSent = 0
  decompressedHeaderBytesReceived = 0
  decompressedHeaderBytesSent = 0
  /** @internal What may be sent; settings can make it negative. */
  sendWindow: number
  /** @internal Whether the peer has sent its last frame, and whether we have. */
  remoteClosed = false
  localClosed = false
  /** @internal */
  scheduled = false
  /** @internal Monotonic ms since which the last of it waits for the peer's window. */
  flushSinceMs = Number.POSITIVE_INFINITY
  /** How long it may, ms; 0 = for ever, undefined = as the connection says. */
  flushTimeoutMs: number | undefined = undefined
  /** We were given all that there is to send. */
  protected localDone = false
  /** The user was given all that was received. */
  protected remoteDone = false
  /** Bytes that a body must still have; -1: any number. */
  protected bodyLeft = -1
  #window: ReceiveWindow
  // What waits to be sent: copies, for the bytes were lent.
  #toSend: ByteQueue | undefined = undefined
  #trailersToSend: HeaderMap | undefined = undefined
  /** A call of `encodeData` said false. */
  #blocked = false
  // What waits to be received.
  #disables = 0
  #toReceive: ByteQueue | undefined = undefined
  #trailersToReceive: HeaderMap | undefined = undefined

  constructor(connection: Http2Link, id: number) {
    this.connection = connection
    this.id = id
    this.sendWindow = connection.peer.initialWindow
    this.#window = new ReceiveWindow(connection.options.initialStreamWindow)
  }

  /** Who receives the message. */
  protected abstract get receiver(): MessageDecoder | undefined
  /** The code that tells the peer of a reset. */
  protected abstract codeOf(reason: ResetReason): number
  /** Both the last frame was sent and all was received, or one of the two: decides whether the stream goes. */
  abstract progressed(): void

  get bytes(): BytesMeter {
    return this
  }

  /** @internal A header block has come: its bytes in frames, and those of its names and values. */
  receivedFields(wireBytes: number, decompressed: number): void {
    this.wireBytesReceived += wireBytes
    this.headerBytesReceived += wireBytes
    this.decompressedHeaderBytesReceived += decompressed
  }

  /** Bytes that wait for the peer to take them. */
  get unwritten(): number {
    return this.#toSend?.length ?? 0
  }

  // ── sending ──

  encodeData(chunk: Uint8Array, endStream: boolean): boolean {
    if (this.over || this.localDone) return true
    if (endStream) this.localEnds()
    const { connection } = this
    let from = 0
    if (this.#toSend === undefined && connection.writable) {
      from = this.#sendFrom(chunk, 0, endStream)
      if (from === chunk.length && (!endStream || this.localClosed)) {
        if (endStream || connection.writable) return true
        this.#blocked = true
        connection.schedule(this)
        return false
      }
    }
    this.#keep(chunk, from)
    if (endStream) connection.flushBegins(this)
    else this.#blocked = true
    return false
  }

  encodeTrailers(trailers: HeaderMap): void {
    if (this.over || this.localDone) return
    this.localEnds()
    if (this.#toSend === undefined) return this.#sendTrailers(trailers)
    this.#trailersToSend = trailers
    this.connection.flushBegins(this)
  }

  /** Ends the stream at once; what waits is not sent any more. */
  reset(reason: ResetReason): void {
    if (this.over) return
    this.over = true
    this.connection.resetStream(this, this.codeOf(reason))
  }

  /** Sends what the windows allow; answers up to where. */
  #sendFrom(bytes: Uint8Array, start: number, endStream: boolean): number {
    const { connection } = this
    let from = start
    do {
      const left = bytes.length - from
      // Settings can make a window negative; an end without bytes needs none.
      const size = Math.max(0, Math.min(left, this.sendWindow, connection.sendWindow, MAX_PAYLOAD))
      if (size === 0 && (left > 0 || !endStream)) break
      this.#sendData(bytes, from, from + size, endStream && size === left)
      from += size
    } while (from < bytes.length && connection.writable)
    return from
  }

  #sendData(bytes: Uint8Array, from: number, to: number, endStream: boolean): void {
    this.sendWindow -= to - from
    this.wireBytesSent += FRAME_HEAD + to - from
    this.connection.sendData(this.id, bytes, from, to, endStream)
    if (endStream) this.#closeLocal()
  }

  #sendTrailers(trailers: HeaderMap): void {
    this.connection.sendTrailers(this, trailers)
    this.#closeLocal()
  }

  /** The last frame was written. */
  #closeLocal(): void {
    this.localClosed = true
    this.connection.flushEnds(this)
    this.progressed()
  }

  /** A head that ends the message was written. */
  protected closeLocal(): void {
    this.localEnds()
    this.#closeLocal()
  }

  /** The user has said all that it has to say. */
  protected localEnds(): void {
    this.localDone = true
  }

  #keep(chunk: Uint8Array, from: number): void {
    const left = chunk.length - from
    ;(this.#toSend ??= new ByteQueue()).push(chunk, from, chunk.length)
    this.connection.pendingBytes(left)
    if (this.sendWindow > 0 || left === 0) this.connection.schedule(this)
  }

  /** @internal Sends one frame of what waits. */
  sendFrame(): typeof MORE | typeof DONE | typeof HELD {
    const queue = this.#toSend
    if (queue === undefined) {
      this.#unblock()
      return DONE
    }
    if (queue.length > 0) {
      if (this.sendWindow <= 0) return DONE
      if (this.connection.sendWindow <= 0) return HELD
      this.#sendQueued(queue)
      if (queue.length > 0) return MORE
    } else if (this.#endsWithData) this.#sendData(queue.peek(), 0, 0, true)
    this.#allSent()
    return DONE
  }

  /** Whether the last DATA frame ends the message. */
  get #endsWithData(): boolean {
    return this.localDone && this.#trailersToSend === undefined
  }

  #sendQueued(queue: ByteQueue): void {
    const bytes = queue.peek()
    const size = Math.min(bytes.length, this.sendWindow, this.connection.sendWindow, MAX_PAYLOAD)
    this.connection.pendingBytes(-size)
    // Memory of the queue is copied by the connection before anybody can add to it.
    queue.advance(size)
    this.#sendData(bytes, 0, size, queue.length === 0 && this.#endsWithData)
  }

  #allSent(): void {
    this.#toSend = undefined
    const trailers = this.#trailersToSend
    this.#trailersToSend = undefined
    if (trailers !== undefined) this.#sendTrailers(trailers)
    else this.#unblock()
  }

  #unblock(): void {
    if (!this.#blocked) return
    this.#blocked = false
    if (!this.over && !this.localDone) this.receiver?.onWritable()
  }

  /** @internal The peer's window has grown, or shrunk, by settings; false: beyond what there can be. */
  growWindow(by: number): boolean {
    this.sendWindow += by
    if (this.#toSend !== undefined && this.sendWindow > 0) this.connection.schedule(this)
    return this.sendWindow <= 2 ** 31 - 1
  }

  // ── receiving ──

  readDisable(disable: boolean): void {
    if (this.over) return
    if (disable) this.#disables++
    else if (this.#disables > 0 && --this.#disables === 0 && this.#toReceive !== undefined)
      this.connection.resumeLater(this)
  }

  /** @internal A frame of `length` bytes begins; false: the peer was not allowed that many. */
  takeWindow(length: number): boolean {
    this.wireBytesReceived += FRAME_HEAD + length
    return this.#window.take(length)
  }

  /** @internal Padding. */
  consumePadding(length: number): void {
    this.#consumed(length)
  }

  /** @internal Lent bytes of the body. */
  receiveData(bytes: Buffer, from: number, to: number, endStream: boolean): void {
    const size = to - from
    if (endStream) this.remoteClosed = true
    if (this.over) {
      this.#consumed(size)
      if (endStream) this.progressed()
      return
    }
    if (this.bodyLeft >= 0) {
      this.bodyLeft -= size
      if (this.bodyLeft < 0 || (endStream && this.bodyLeft > 0)) {
        this.#consumed(size)
        return this.fail('http2.content_length_mismatch')
      }
    }
    if (this.#disables === 0 && this.#toReceive === undefined) {
      if (endStream) this.remoteDone = true
      if (size > 0 || endStream) this.receiver?.onData(size === 0 ? EMPTY : bytes.subarray(from, to), endStream)
      this.#consumed(size)
      if (endStream) this.progressed()
      return
    }
    ;(this.#toReceive ??= new ByteQueue()).push(bytes, from, to)
  }

  /** @internal */
  receiveTrailers(trailers: HeaderMap): void {
    this.remoteClosed = true
    if (this.over) return this.progressed()
    if (this.bodyLeft > 0) return this.fail('http2.content_length_mismatch')
    if (this.#toReceive !== undefined) {
      this.#trailersToReceive = trailers
      return
    }
    this.remoteDone = true
    this.receiver?.onTrailers(trailers)
    this.progressed()
  }

  /** A head that ends the message has come. */
  protected receivedAll(): void {
    this.remoteClosed = this.remoteDone = true
  }

  /** @internal Hands on what waited, while reading is not disabled again. */
  resume(): void {
    let queue = this.#toReceive
    while (queue !== undefined && this.#disables === 0 && !this.over) {
      const chunk = queue.peek()
      queue.advance(chunk.length)
      if (queue.length === 0) queue = this.#toReceive = undefined
      this.#handOn(chunk, queue === undefined)
    }
    if (this.over) this.dropReceived()
  }

  #handOn(chunk: Buffer, last: boolean): void {
    const trailers = last ? this.#trailersToReceive : undefined
    const end = last && this.remoteClosed && trailers === undefined
    if (end) this.remoteDone = true
    if (chunk.length > 0 || end) this.receiver?.onData(chunk, end)
    this.#consumed(chunk.length)
    if (trailers !== undefined && !this.over) {
      this.remoteDone = true
      this.receiver?.onTrailers(trailers)
    }
    if (this.remoteDone) this.progressed()
  }

  #consumed(size: number): void {
    if (size > 0) this.connection.consumed(this, this.remoteClosed ? 0 : this.#window.consume(size), size)
  }

  /** What was received is not looked at any more. */
  protected dropReceived(): void {
    const bytes = this.#toReceive?.length ?? 0
    this.#toReceive = undefined
    this.#consumed(bytes)
  }

  // ── ends ──

  /** Says what the peer did wrong, to it and to the user. */
  protected fail(violation: Http2Violation): void {
    this.connection.streamError(this.id, violation)
  }

  /** @internal The stream is off the connection: whatever waited is dropped. */
  drop(): void {
    this.#dropUnsent()
    this.dropReceived()
  }

  #dropUnsent(): void {
    this.connection.pendingBytes(-this.unwritten)
    this.#toSend = undefined
    this.#trailersToSend = undefined
  }

  /** @internal The peer does not want the rest of what we send, and what it had to say is here: nothing is lost. */
  stopSending(): void {
    this.#dropUnsent()
    this.localDone = true
    this.#closeLocal()
  }

  /** @internal The connection is gone. */
  connectionEnded(reason: ResetReason, details: string): void {
    this.drop()
    this.tellReset(reason, details)
  }

  /** @internal Tells the user that the stream is gone, unless it knows. */
  tellReset(reason: ResetReason, details: string): void {
    if (this.over) return
    this.over = true
    this.receiver?.onReset(reason, details)
  }
}

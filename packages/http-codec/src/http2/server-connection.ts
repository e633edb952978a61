import type { RequestDecoder, ResetReason, ResponseHeaders } from '@nuncio/core'
import type { CodecSocket } from '../batched-socket.ts'
import { fields, Http2Connection } from './connection/connection.ts'
import type { HeaderBlock } from './connection/header-block.ts'
import type { Http2Parts } from './connection/link.ts'
import {
  ENABLE_CONNECT_PROTOCOL,
  HEADER_TABLE_SIZE,
  INITIAL_WINDOW_SIZE,
  MAX_CONCURRENT_STREAMS,
} from './connection/peer-settings.ts'
import { MAX_STREAM_ID, NO_ERROR, REFUSED_STREAM } from './frames/frame-types.ts'
import { encodeResponse } from './messages/outgoing.ts'
import { requestOf } from './messages/request.ts'
import { resetOfCode } from './reset-codes.ts'
import { Http2ServerStream } from './server-stream.ts'
import type { Http2Violation } from './violations.ts'

/** What the user of an HTTP/2 server connection is told. */
export interface Http2ServerCallbacks {
  /** A request's head has come. The decoder that is answered gets it next, in `onHeaders`. */
  onRequest(stream: Http2ServerStream, connection: Http2ServerConnection): RequestDecoder
  /** A request's head cannot be read or is not valid: the stream is over as it begins. */
  onRefusedHead?(stream: Http2ServerStream, details: Http2Violation): void
  /** The peer broke the protocol, or a request was refused; `alone`: the connection goes on. */
  onProtocolError(details: Http2Violation, alone: boolean): void
  /** An answer is complete, but waits for the client's window: the time for a flush timeout (`resetFlushing`). */
  onFlushWaits?(connection: Http2ServerConnection): void
  /**
   * The connection is ending: FIN is on its way, and bytes of the peer are thrown away until it closes too. The time for a
   * delayed close timeout; `destroy` ends the waiting. While a slow peer has still to take the last bytes, `unwritten` is
   * not 0 and `progress` changes, and this is called again when they are gone.
   */
  onFinishing?(connection: Http2ServerConnection): void
  /** The socket is closed; streams were told before. `details`: '', the socket's error code or what the peer did wrong. */
  onClose(connection: Http2ServerConnection, details: string): void
}

/** The server's end of an HTTP/2 connection. Make it with a connected socket, then `start` it. */
export class Http2ServerConnection extends Http2Connection {
  readonly #callbacks: Http2ServerCallbacks
  /** The last stream that the client has opened. */
  #last = 0
  /** Streams beyond this one are refused. */
  #lastWelcome = MAX_STREAM_ID
  #leaving = false
  #finished = false

  constructor(socket: CodecSocket, callbacks: Http2ServerCallbacks, parts: Http2Parts) {
    super(socket, parts, true)
    this.#callbacks = callbacks
  }

  /** GOAWAY that refuses nothing yet: says that the connection is about to go, so that the client opens another one. */
  notifyShutdown(): void {
    if (!this.dead && !this.#leaving) this.writeGoaway(MAX_STREAM_ID, NO_ERROR, '')
  }

  /** GOAWAY: no new streams, those that are open go on; closes behind the last. */
  drain(): void {
    if (this.dead || this.#leaving) return
    this.#leaving = true
    this.#lastWelcome = this.#last
    this.writeGoaway(this.#last, NO_ERROR, '')
    this.stats.goawaySent.inc()
    if (this.streams.size === 0) this.enqueue()
  }

  // ── for streams ──

  /** @internal */
  sendHead(stream: Http2ServerStream, headers: ResponseHeaders, endStream: boolean): void {
    encodeResponse(this.encoder, headers)
    this.sendFields(stream, endStream)
  }

  /** @internal A response head was sent. */
  answered(): void {
    this.guard.openedStreams++
  }

  // ── for Http2Connection ──

  protected override greet(): void {
    const { allowConnect, hpackTableSize, initialStreamWindow, maxConcurrentStreams } = this.options
    const settings: [number, number][] = [
      [HEADER_TABLE_SIZE, hpackTableSize],
      [MAX_CONCURRENT_STREAMS, maxConcurrentStreams],
      [INITIAL_WINDOW_SIZE, initialStreamWindow],
    ]
    if (allowConnect) settings.push([ENABLE_CONNECT_PROTOCOL, 1])
    this.writeSettings(settings, false)
  }

  protected override newHead({ dependsOnItself, endStream, stream: id }: HeaderBlock): void {
    if ((id & 1) === 0) return this.connectionError('http2.bad_stream_id')
    if (id <= this.#last) return this.headOnClosed(id)
    this.#last = id
    if (dependsOnItself) return this.streamError(id, 'http2.self_dependency')
    if (id > this.#lastWelcome || this.streams.size >= this.options.maxConcurrentStreams) {
      this.stats.streamRefusedErrors.inc()
      return this.refuseStream(id, REFUSED_STREAM)
    }
    const headers = requestOf(fields, this.options.allowConnect)
    if (typeof headers === 'string') {
      this.headRefused(id, headers)
      return this.messageError(id, headers)
    }
    if (endStream && fields.length > 0) {
      this.headRefused(id, 'http2.content_length_mismatch')
      return this.streamError(id, 'http2.content_length_mismatch')
    }
    const stream = this.#newStream(id, headers.method)
    stream.expect(endStream, fields.length)
    this.addStream(stream)
    const decoder = this.#callbacks.onRequest(stream, this)
    stream.decoder = decoder
    if (!stream.over) decoder.onHeaders(headers, endStream)
  }

  #newStream(id: number, method: string): Http2ServerStream {
    const stream = new Http2ServerStream(this, id, method, this.batch.nowMs())
    stream.receivedFields(this.blockBytes, fields.bytes)
    return stream
  }

  protected override trailersCame(): void {
    this.stats.trailers.inc()
  }

  protected override headRefused(id: number, violation: Http2Violation): void {
    if (this.streams.has(id) || (id & 1) === 0) return
    const stream = this.#newStream(id, '')
    stream.over = true
    this.#callbacks.onRefusedHead?.(stream, violation)
  }

  protected override furtherHead(): boolean {
    return false
  }

  protected override isIdle(id: number): boolean {
    return (id & 1) === 0 || id > this.#last
  }

  protected override meaningOf(code: number): ResetReason {
    return resetOfCode(code)
  }

  protected override goawayReceived(): void {
    // It opens no more streams; those that are open go on, and it closes when it has what it wants.
  }

  protected override settingsReceived(): void {}

  protected override streamGone(): void {
    if (this.#leaving && this.streams.size === 0) this.enqueue()
  }

  protected override violated(violation: Http2Violation, alone: boolean): void {
    this.stats.violation(violation)
    this.#callbacks.onProtocolError(violation, alone)
  }

  protected override flushWaits(): void {
    this.#callbacks.onFlushWaits?.(this)
  }

  protected override lastStream(): number {
    return this.#last
  }

  protected override ended(): void {}

  override onBatchEnd(): void {
    super.onBatchEnd()
    if (this.#leaving && this.streams.size === 0) this.finish()
  }

  protected override finish(): void {
    if (this.#finished) return
    this.#finished = true
    this.dead = true
    this.flush()
    this.writeClosed = true
    this.socket.end()
    if (this.socket.writableLength > 0) this.socket.on('finish', () => this.#callbacks.onFinishing?.(this))
    this.#callbacks.onFinishing?.(this)
  }

  protected override socketGone(): void {
    this.#callbacks.onClose(this, this.violation === '' ? this.socketError : this.violation)
  }
}

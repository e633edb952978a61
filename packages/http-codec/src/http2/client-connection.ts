import type { RequestHeaders, ResetReason, ResponseDecoder } from '@nuncio/core'
import type { CodecSocket } from '../batched-socket.ts'
import { Http2ClientStream } from './client-stream.ts'
import { fields, Http2Connection } from './connection/connection.ts'
import type { HeaderBlock } from './connection/header-block.ts'
import type { Http2Parts } from './connection/link.ts'
import { ENABLE_PUSH, HEADER_TABLE_SIZE, INITIAL_WINDOW_SIZE } from './connection/peer-settings.ts'
import { MAX_STREAM_ID, NO_ERROR, PREFACE, PROTOCOL_ERROR } from './frames/frame-types.ts'
import { encodeRequest } from './messages/outgoing.ts'
import { responseOf } from './messages/response.ts'
import { resetOfCode } from './reset-codes.ts'
import type { Http2Violation } from './violations.ts'

/** What the user of an HTTP/2 client connection, a pool, is told. */
export interface Http2ClientCallbacks {
  /**
   * A stream is over in both directions, or was reset: by the host or by its user (`reason`; undefined: it ended well). The
   * stream's decoder is told afterwards.
   */
  onStreamEnd(reason: ResetReason | undefined): void
  /** `maxStreams` has changed. */
  onMaxStreams(maxStreams: number): void
  /** The host says goodbye: no new streams. */
  onGoodbye(): void
  /** The host broke the protocol; `alone`: only one stream suffers. */
  onProtocolError(details: Http2Violation, alone: boolean): void
  /** The connection is gone; streams that are open are reset after this returns. Called once. */
  onEnd(connection: Http2ClientConnection): void
}

/** The client's end of an HTTP/2 connection. Make it with a connected socket, then `start` it. */
export class Http2ClientConnection extends Http2Connection {
  /** Whether the host was the one who ended it. */
  endedByPeer = false
  readonly #callbacks: Http2ClientCallbacks
  /** Streams without a number yet. */
  readonly #unborn = new Set<Http2ClientStream>()
  #next = 1
  #maxStreams: number
  #goodbye = false
  #closing = false

  constructor(socket: CodecSocket, callbacks: Http2ClientCallbacks, parts: Http2Parts) {
    super(socket, parts, false)
    this.#callbacks = callbacks
    this.#maxStreams = parts.options.maxConcurrentStreams
  }

  /** Whether `newStream` may be called. */
  get usable(): boolean {
    return !this.dead && !this.#goodbye && !this.closed && !this.socket.destroyed
  }

  /** How many streams may be open at a time: by our own limit, and the host's. */
  get maxStreams(): number {
    return this.#maxStreams
  }

  /** A request; its answer goes to `decoder`. */
  newStream(decoder: ResponseDecoder): Http2ClientStream {
    const stream = new Http2ClientStream(this, decoder)
    this.#unborn.add(stream)
    return stream
  }

  /** Says goodbye and closes the socket; streams that are open are reset. */
  close(details = ''): void {
    if (this.#closing || this.closed) return
    this.#closing = true
    if (this.socketError === '') this.socketError = details
    this.batch.enter()
    try {
      if (!this.dead) this.writeGoaway(0, NO_ERROR, '')
      this.destroy()
    } finally {
      this.batch.leave()
    }
  }

  // ── for streams ──

  /** @internal Gives a stream its number; false: there will be none. */
  begin(stream: Http2ClientStream): boolean {
    if (this.dead || this.#goodbye) {
      // Its user is in the middle of a call, and hears of it behind it.
      this.enqueue()
      return false
    }
    this.#unborn.delete(stream)
    stream.id = this.#next
    stream.sendWindow = this.peer.initialWindow
    this.#next += 2
    this.addStream(stream)
    this.guard.openedStreams++
    if (this.#next > MAX_STREAM_ID) this.#sayGoodbye()
    return true
  }

  /** @internal */
  sendHead(stream: Http2ClientStream, headers: RequestHeaders, endStream: boolean): void {
    encodeRequest(this.encoder, headers)
    this.sendFields(stream, endStream)
  }

  /** @internal */
  override resetStream(stream: Http2ClientStream, code: number): void {
    if (!this.#unborn.delete(stream)) super.resetStream(stream, code)
    // The end of the connection was the end of all its streams.
    else if (!this.dead) this.#callbacks.onStreamEnd('local reset')
  }

  override onBatchEnd(): void {
    if ((this.#goodbye || this.dead) && this.#unborn.size > 0) this.#refuseUnborn()
    super.onBatchEnd()
  }

  #refuseUnborn(): void {
    for (const stream of this.#unborn) {
      this.#unborn.delete(stream)
      if (!this.dead) this.#callbacks.onStreamEnd('remote refused stream reset')
      stream.tellReset(this.dead ? 'connection termination' : 'remote refused stream reset', '')
    }
  }

  // ── for Http2Connection ──

  protected override greet(): void {
    const { hpackTableSize, initialStreamWindow } = this.options
    this.writePreface(PREFACE)
    this.writeSettings(
      [
        [HEADER_TABLE_SIZE, hpackTableSize],
        [ENABLE_PUSH, 0],
        [INITIAL_WINDOW_SIZE, initialStreamWindow],
      ],
      false,
    )
  }

  protected override newHead({ stream: id }: HeaderBlock): void {
    if (this.isIdle(id)) this.connectionError('http2.stream_idle')
    else this.headOnClosed(id)
  }

  protected override furtherHead(of: Http2ClientStream, endStream: boolean): boolean {
    if (of.answered) return false
    const headers = responseOf(fields)
    if (typeof headers === 'string') this.messageError(of.id, headers)
    else if (headers.status >= 200) of.final(headers, endStream, fields.length)
    else if (endStream) this.messageError(of.id, 'http2.bad_status')
    else if (!of.informational(headers)) this.streamError(of.id, 'http2.too_many_informational')
    return true
  }

  protected override bodyMayCome(stream: Http2ClientStream): boolean {
    return stream.answered
  }

  protected override isIdle(id: number): boolean {
    return (id & 1) === 0 || id >= this.#next
  }

  protected override meaningOf(code: number, stream: Http2ClientStream): ResetReason | undefined {
    // The host answered without reading the whole request, which RFC 9113 8.1 allows.
    if (stream.remoteClosed) return undefined
    return code === PROTOCOL_ERROR ? 'protocol error' : resetOfCode(code, stream.connect)
  }

  protected override goawayReceived(lastStream: number): void {
    this.#sayGoodbye()
    for (const stream of this.streams.values()) {
      if (stream.id <= lastStream) continue
      this.abandon(stream)
      stream.tellReset('remote refused stream reset', '')
    }
  }

  #sayGoodbye(): void {
    if (this.#goodbye) return
    this.#goodbye = true
    this.#callbacks.onGoodbye()
  }

  protected override settingsReceived(): void {
    const allowed = Math.min(this.options.maxConcurrentStreams, this.peer.maxConcurrentStreams)
    if (allowed === this.#maxStreams) return
    this.#maxStreams = allowed
    this.#callbacks.onMaxStreams(allowed)
  }

  protected override streamGone(reason: ResetReason | undefined): void {
    this.#callbacks.onStreamEnd(reason)
  }

  protected override violated(violation: Http2Violation, alone: boolean): void {
    this.stats.violation(violation)
    this.#callbacks.onProtocolError(violation, alone)
  }

  protected override ended(): void {
    this.endedByPeer = !this.#closing && this.violation === ''
    this.#callbacks.onEnd(this)
    if (this.#unborn.size > 0) this.enqueue()
  }

  protected override finish(): void {
    this.flush()
    this.writeClosed = true
    this.socket.end()
    this.socket.destroy()
  }

  protected override socketGone(): void {}
}

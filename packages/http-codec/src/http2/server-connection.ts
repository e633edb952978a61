import type { RequestDecoder } from '@nuncio/core'
import { constants, performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { WriteBatch } from '../write-batch.ts'
import { type HeadViolation, requestFrom } from './headers.ts'
import type { Http2Options } from './options.ts'
import { Http2ServerStream } from './server-stream.ts'

/** What the user of an HTTP/2 server connection is told. */
export interface Http2ServerCallbacks {
  onRequest(stream: Http2ServerStream, connection: Http2ServerConnection): RequestDecoder
  /** A stream is over. */
  onStreamEnd(connection: Http2ServerConnection): void
  /** The peer broke the protocol, or a request was refused. */
  onProtocolError(details: Http2Violation): void
  /** A stream was reset, by the peer (`remote`) or by us. */
  onStreamReset?(remote: boolean): void
  onRequestTrailers?(): void
  onClose(connection: Http2ServerConnection, details: string): void
}

/**
 * What a peer did wrong; response code details, logs and counters go by it.
 * - `http2.header_overflow`: more header bytes or lines than are allowed, or no end of CONTINUATION frames
 * - `http2.flood`: more frames that call for an answer (PING, SETTINGS, resets of ours) than are let wait
 * - `http2.rapid_reset`: streams opened and reset beyond burst and rate
 * - `http2.too_many_invalid_frames`: frame after frame without a use, such as empty DATA
 */
export type Http2Violation =
  | HeadViolation
  | 'http2.flood'
  | 'http2.protocol_error'
  | 'http2.rapid_reset'
  | 'http2.too_many_invalid_frames'

/** The client connection preface; its first line cannot be a request of HTTP/1. */
export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

/** The server's end of an HTTP/2 connection, over `node:http2`. Make it with a connected socket. */
export class Http2ServerConnection {
  readonly batch: WriteBatch
  closed = false
  activeStreams = 0
  readonly #session: ServerHttp2Session
  readonly #callbacks: Http2ServerCallbacks
  readonly #options: Http2Options
  #details = ''
  /** Streams that the peer reset. */
  #resets = 0

  constructor(
    socket: Socket,
    callbacks: Http2ServerCallbacks,
    options: Http2Options,
    batch: WriteBatch,
    initialData?: Buffer,
  ) {
    this.batch = batch
    this.#callbacks = callbacks
    this.#options = options
    if (initialData !== undefined && initialData.length > 0) {
      // A socket that still flows would let the bytes go before the session reads them.
      socket.pause()
      socket.unshift(initialData)
    }
    // The session answers the client's end of the connection by closing; half open it would stay for good.
    socket.allowHalfOpen = false
    // Node clears this only for sockets of its own servers, and would wait for a handshake that is long done.
    if (socket instanceof TLSSocket) (socket as { secureConnecting?: boolean }).secureConnecting = false
    this.#session = performServerHandshake(socket, {
      // Node resets a stream beyond this and tells nobody: what is a little too much is refused by `requestFrom`.
      maxHeaderListPairs: 2 * options.maxHeadersCount + 16,
      streamResetBurst: options.streamResetBurst,
      streamResetRate: options.streamResetRate,
      maxSessionRejectedStreams: 100,
      maxSessionInvalidFrames: 100,
      maxOutstandingSettings: 10,
      settings: {
        headerTableSize: options.hpackTableSize,
        maxConcurrentStreams: options.maxConcurrentStreams,
        initialWindowSize: Math.min(options.initialStreamWindow, 2 ** 31 - 1),
        maxHeaderListSize: options.maxHeadersKb * 1024,
        enableConnectProtocol: options.allowConnect,
      },
    } as never)
    const session = this.#session
    session.setLocalWindowSize(Math.max(65_535, Math.min(options.initialConnectionWindow, 2 ** 31 - 1)))
    session.on('stream', (stream: ServerHttp2Stream, _headers, flags: number, raw?: readonly string[]) =>
      this.#open(stream, flags, raw ?? []),
    )
    session.on('error', (error: NodeJS.ErrnoException) => {
      this.#details = error.code ?? error.message
      const violation = this.#violationOf(error)
      if (violation !== undefined) this.#callbacks.onProtocolError(violation)
    })
    session.on('close', () => {
      this.closed = true
      this.#callbacks.onClose(this, this.#details)
    })
  }

  /** Undefined: the connection broke, nobody broke a rule. */
  #violationOf({ code, errno }: NodeJS.ErrnoException): Http2Violation | undefined {
    if (code === 'ERR_HTTP2_TOO_MANY_INVALID_FRAMES') return 'http2.too_many_invalid_frames'
    if (code !== 'ERR_HTTP2_ERROR' && code !== 'ERR_HTTP2_SESSION_ERROR') return undefined
    if (errno === NGHTTP2_ERR_FLOODED) return 'http2.flood'
    if (errno === NGHTTP2_ERR_TOO_MANY_CONTINUATIONS) return 'http2.header_overflow'
    // nghttp2 has no error of its own for it; it ends a connection after this many only for this.
    return this.#resets >= this.#options.streamResetBurst ? 'http2.rapid_reset' : 'http2.protocol_error'
  }

  /** A round trip; answers false when the connection is on its way out. */
  ping(onAnswer: () => void): boolean {
    if (this.closed || this.#session.destroyed) return false
    return this.#session.ping((error) => error === null && onAnswer())
  }

  /** GOAWAY: no new streams, those that are open go on; closes behind the last. */
  drain(): void {
    if (!this.closed && !this.#session.closed) this.#session.close()
  }

  close(): void {
    if (!this.closed) this.#session.destroy()
  }

  /** @internal */
  inBatch(work: () => void): void {
    this.batch.enter()
    try {
      work()
    } finally {
      this.batch.leave()
    }
  }

  /** @internal */
  streamOver(): void {
    this.activeStreams--
    this.#callbacks.onStreamEnd(this)
  }
  /** @internal */
  streamReset(remote: boolean): void {
    if (remote) this.#resets++
    this.#callbacks.onStreamReset?.(remote)
  }
  /** @internal */
  trailersReceived(): void {
    this.#callbacks.onRequestTrailers?.()
  }

  #open(native: ServerHttp2Stream, flags: number, raw: readonly string[]): void {
    const { maxHeadersCount, maxHeadersKb } = this.#options
    const headers = requestFrom(raw, maxHeadersCount, maxHeadersKb * 1024)
    if (typeof headers === 'string') {
      this.#callbacks.onProtocolError(headers)
      native.on('error', () => {})
      if (headers === 'http2.header_overflow') native.respond({ ':status': 431 }, { endStream: true })
      else native.close(constants.NGHTTP2_PROTOCOL_ERROR)
      return
    }
    const end = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0
    this.activeStreams++
    this.inBatch(() => {
      const stream = new Http2ServerStream(this, native, headers.method, end, headBytes(raw), this.batch.nowMs())
      const decoder = this.#callbacks.onRequest(stream, this)
      stream.decoder = decoder
      if (!stream.over) decoder.onHeaders(headers, end)
    })
  }
}

const NGHTTP2_ERR_FLOODED = -904
const NGHTTP2_ERR_TOO_MANY_CONTINUATIONS = -905

function headBytes(raw: readonly string[]): number {
  let bytes = 0
  for (const text of raw) bytes += text.length
  return bytes
}

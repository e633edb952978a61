import type { HeaderMap, RequestHeaders, ResponseHeaders } from '../headers/header-map.ts'
import type { BytesMeter } from './bytes-meter.ts'
import type { ResetReason } from './reset.ts'

// How a message moves between a codec and its user, in both directions and for every protocol.
//
// Bytes of a body are lent: a chunk is valid until the call that handed it over returns. Who wants it longer copies it.
// A sender is told of pressure by a boolean and by `onWritable`; a receiver exerts it with `readDisable`, which counts,
// so that several holders can each let go. `endStream` comes exactly once in each direction unless the stream is reset.
// After `reset` or `onReset`, or once both directions have ended, neither side calls the other again.

/** What either side of a codec's stream can do. */
export interface CodecStream {
  /** Ends the stream at once; the other end sees a reset (HTTP/1: the connection closes). */
  reset(reason: ResetReason): void
  /** Counted: reading from the peer stops while any disable stands. */
  readDisable(disable: boolean): void
  /** What it moved so far; undefined where nobody counts. */
  readonly bytes?: BytesMeter | undefined
}

/** The sending side of a message. `false` means: the peer is slow, wait for `onWritable`. */
export interface MessageEncoder extends CodecStream {
  encodeData(chunk: Uint8Array, endStream: boolean): boolean
  /** Ends the stream with trailers. */
  encodeTrailers(trailers: HeaderMap): void
}

/** A response on its way down; made by a server codec, used by the connection manager. */
export interface ResponseEncoder extends MessageEncoder {
  /** A 1xx response; any number may come before the final one. 101 goes through `encodeHeaders`. */
  encodeInformational(headers: ResponseHeaders): void
  encodeHeaders(headers: ResponseHeaders, endStream: boolean): void
  /**
   * How long the end of the response may wait for the client's window, ms; 0 = for ever, undefined = as long as for all
   * streams of the connection. HTTP/1.1 has no such window.
   */
  flushTimeoutMs?: number | undefined
  /** Bytes of the response that the peer has not taken yet. */
  readonly unwritten: number
}

/** A request on its way up; made by a client codec, used by the router filter. */
export interface RequestEncoder extends MessageEncoder {
  encodeHeaders(headers: RequestHeaders, endStream: boolean): void
}

/** The receiving side of a message: the user of a codec implements it. */
export interface MessageDecoder {
  onData(chunk: Uint8Array, endStream: boolean): void
  onTrailers(trailers: HeaderMap): void
  /** The stream is gone; `details` is for logs, such as `http1.bad_chunk_size`. */
  onReset(reason: ResetReason, details: string): void
  /** After an `encodeData` that said false: there is room again. */
  onWritable(): void
}

/** A request as the connection manager receives it. */
export interface RequestDecoder extends MessageDecoder {
  onHeaders(headers: RequestHeaders, endStream: boolean): void
}

/** A response as the router filter receives it. */
export interface ResponseDecoder extends MessageDecoder {
  onInformational(headers: ResponseHeaders): void
  onHeaders(headers: ResponseHeaders, endStream: boolean): void
}

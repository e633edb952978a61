import type { HeaderMap, RequestHeaders, ResponseHeaders } from '@nuncio/core'
import type { StreamTrace } from '@nuncio/tracing'
import type { HttpFilter } from '../filter.ts'
import type { FilterStream } from '../filter-stream.ts'
import type { LocalReply } from '../local-reply.ts'

/** What is remembered of internal redirects. */
export interface RedirectState {
  count: number
  /** Names of the routes that redirects led to, by the name of the route that the redirect came from. */
  readonly taken: Map<string, Set<string>>
  /** A 303 turned the request into a GET. */
  dropBody?: boolean
}

/** What the last filter of a chain may do beyond the others: it makes the response. */
export interface TerminalStream extends FilterStream {
  /** Bytes of a body that may be kept for this stream. */
  readonly bufferLimit: number
  /** Whether the whole request has been handed to the terminal filter. */
  readonly requestEnded: boolean
  /** Whether response headers have been given to the codec. */
  readonly responseStarted: boolean
  readonly grpc: boolean
  /** Undefined when the connection manager does not trace. */
  readonly trace: StreamTrace | undefined
  /** What `overrideUpstreamHost` asked for; '' = nothing. */
  readonly overrideHost: string
  readonly overrideStrict: { readonly status: number } | undefined

  encodeInformational(headers: ResponseHeaders): void
  encodeHeaders(headers: ResponseHeaders, endStream: boolean): void
  /** False: wait for `onDownstreamWritable`. */
  encodeData(chunk: Uint8Array, endStream: boolean): boolean
  encodeTrailers(trailers: HeaderMap): void
  sendLocalReply(reply: LocalReply): void
  /** Counted: stops reading the request while any disable stands. */
  requestReadDisable(disable: boolean): void
  /**
   * Asks for `onWake` at this moment (monotonic ms), or a little later. It may also come earlier and for nothing: look
   * at the clock, and ask again. Costs next to nothing when the connection is to be woken before that anyway.
   */
  wakeAt(atMs: number): void
  /** A filter waits with a chunk that it was lent: whoever lent it gives it away. */
  chunkKept(): void
  /** Internal redirects so far, and the routes they left; kept across `recreate`. */
  redirects: RedirectState | undefined
  /**
   * An internal redirect: this request is over, answered by `response`, and another begins in its place, with the request
   * headers as they are now and this body. The request has been received whole.
   */
  recreate(body: Uint8Array | undefined, response: ResponseHeaders | undefined): void
}

/** A try of a request, as the last of the filters that run on it sees it: what it sends goes to the host, once there is a connection. */
export interface UpstreamStream extends TerminalStream {
  sendHeaders(headers: RequestHeaders, endStream: boolean): void
  sendData(chunk: Uint8Array, endStream: boolean): void
  sendTrailers(trailers: HeaderMap): void
  /** The filters have room for more of the response. */
  resumeResponse(): void
}

/** The last filter of a chain. Its request hooks answer nothing: it acts on the stream. */
export interface TerminalFilter extends HttpFilter {
  onRequestHeaders(headers: RequestHeaders, stream: FilterStream, endStream: boolean): void
  onRequestData(chunk: Uint8Array, stream: FilterStream, endStream: boolean): void
  onRequestTrailers(trailers: HeaderMap, stream: FilterStream): void
  /** There is room for response data again. */
  onDownstreamWritable(): void
  onWake?(nowMs: number): void
  /** What it keeps of the request, to send it again. */
  readonly held?: { readonly bytes: number } | undefined
  /** Somebody else has answered, or the client is gone: let go of the upstream. Comes before `onComplete`. */
  abandon(): void
}

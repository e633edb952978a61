import type { HeaderMap, RequestHeaders, ResponseHeaders, ResetReason, Span, StreamInfo } from '@nuncio/core'
import type { Route } from '@nuncio/router'
import type { AbortSignalLike } from '@nuncio/cluster'

/** A stream as its filters see it: one object for all of them. */
export interface FilterStream {
  readonly requestHeaders: RequestHeaders
  readonly requestTrailers: HeaderMap | undefined
  /** Undefined until the response began (a local reply counts). */
  readonly responseHeaders: ResponseHeaders | undefined
  readonly responseTrailers: HeaderMap | undefined
  /**
   * The body of the local reply that is on its way, as whoever answered gave it, before `local_reply_config`; empty for any other
   * response, and for gRPC, whose message it is.
   */
  readonly localReplyBody: Uint8Array
  readonly info: StreamInfo
  /** The stream's random number, drawn once: runtime fractions, weighted clusters and mirrors agree. */
  readonly random: number
  /**
   * The request's span. Make children of it for work that a filter does, hand it to side calls (`SideRequest.span`), say
   * what is worth knowing with `setAttribute`. It costs nothing when the request is not traced.
   */
  readonly span: Span
  /** Whether the stream was upgraded (or is a CONNECT): its data is not a body. */
  readonly upgraded: boolean

  /** The route; chosen before the first filter runs, undefined when none matches. */
  route(): Route | undefined
  /**
   * The cluster that the route leads to, by the request as it was when the route was chosen: a `cluster_header` that is set later
   * counts only where the route is chosen anew. '' = it leads to none.
   */
  readonly clusterName: string
  /** Forgets the route: the next `route()` chooses again, with the headers as they are then. */
  clearRouteCache(): void

  /**
   * Reads the whole request body while `onRequestHeaders` holds the stream: call it from that hook and return (or
   * await) the promise. The bytes then go on through the rest of the chain, past this filter. Undefined: the body is
   * larger than `maxBytes`, what was read is kept and goes on as usual.
   */
  bufferRequest(maxBytes: number): Promise<Uint8Array | undefined>
  /** What `bufferRequest` has read by now: all of it, or the beginning of a body that is too large. */
  readonly bufferedRequest: Uint8Array
  /** As `bufferRequest`, for the response, from `onResponseHeaders`. */
  bufferResponse(maxBytes: number): Promise<Uint8Array | undefined>
  /** As `bufferedRequest`, of `bufferResponse`. */
  readonly bufferedResponse: Uint8Array
  /**
   * While `onRequestHeaders` holds the stream, calls this filter's data hook with what arrives. What the hook lets go on
   * is kept until the headers go on, and the client is read as long as that is at most `maxBytes`. `bodyOver` says that
   * nothing follows but trailers, whose hook comes after the headers.
   */
  streamRequest(maxBytes: number, bodyOver: () => void): void
  /** As `streamRequest`, for the response, from `onResponseHeaders`. */
  streamResponse(maxBytes: number, bodyOver: () => void): void
  /** Replaces what `bufferRequest` read, or what waits behind the filter by `streamRequest`. */
  setBufferedRequest(body: Uint8Array): void
  setBufferedResponse(body: Uint8Array): void

  /** Inserts bytes behind the calling filter: from a data hook before the chunk, from a trailers hook before them. */
  addRequestData(chunk: Uint8Array): void
  addResponseData(chunk: Uint8Array): void
  /** From the data hook with `endStream`: makes trailers that did not arrive. */
  addRequestTrailers(): HeaderMap
  addResponseTrailers(): HeaderMap

  /**
   * From `onResponseHeaders`: drops this response and starts over, with the request headers as `change` leaves them and
   * without a body. False, and nothing was done: the request has not come to its end, or the response has begun.
   */
  restart(change: (headers: RequestHeaders) => void): boolean

  /** Aborts when the stream ends before its time. Made when first asked for. */
  readonly signal: AbortSignalLike
  /**
   * Asks for a host of the route's cluster for the first try, `ip:port`. When that is no member in an allowed state
   * (`override_host_status`), another one is chosen, or with `strict` the answer is `strict.status`.
   */
  overrideUpstreamHost(address: string, strict?: { readonly status: number }): void

  /** Ends the stream without an answer. */
  reset(reason: ResetReason, details: string): void
}

/** Envoy's `http2_protocol_options` and limits, decided. One frozen object for all connections of a listener. */
export interface Http2Options {
  /** Dynamic table of HPACK in bytes. Default 4096. */
  readonly hpackTableSize: number
  /** Default 1024. */
  readonly maxConcurrentStreams: number
  /** Bytes that a stream may receive ahead of its reader. Default 16 MiB; kept to what Node takes. */
  readonly initialStreamWindow: number
  readonly initialConnectionWindow: number
  /** RFC 8441: WebSocket over HTTP/2. Default false. */
  readonly allowConnect: boolean
  /** Default 60. */
  readonly maxHeadersKb: number
  /** Default 100; cookies count. */
  readonly maxHeadersCount: number
  /** How many streams a peer may open and reset at once, and how many a second beyond that, before it is shut out. */
  readonly streamResetBurst: number
  readonly streamResetRate: number
  /** A stream error for a message that is well framed but invalid, rather than the end of the connection. */
  readonly streamErrorOnInvalidHttpMessage: boolean
}

const DEFAULTS: Http2Options = {
  hpackTableSize: 4096,
  maxConcurrentStreams: 1024,
  initialStreamWindow: 1 << 24,
  initialConnectionWindow: 3 << 23,
  allowConnect: false,
  maxHeadersKb: 60,
  maxHeadersCount: 100,
  streamResetBurst: 500,
  streamResetRate: 33,
  streamErrorOnInvalidHttpMessage: false,
}

/** Options with Envoy's defaults for what is not given. */
export function http2Options(given: Partial<Http2Options> = {}): Http2Options {
  return Object.freeze({ ...DEFAULTS, ...given })
}

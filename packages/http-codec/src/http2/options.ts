/** What becomes of a request whose field names have underscores: it goes on, is reset, or goes on without those fields. */
export type Underscores = 'allow' | 'drop' | 'reject'

/** Envoy's `http2_protocol_options` and limits, decided. One frozen object for all connections of a listener or cluster. */
export interface Http2Options {
  /** Dynamic tables of HPACK in bytes, ours and at most the peer's. Default 4096. */
  readonly hpackTableSize: number
  /** Streams that a client may have open at a time. Default 1024. */
  readonly maxConcurrentStreams: number
  /** Bytes that a stream may receive ahead of its reader. Default 16 MiB. */
  readonly initialStreamWindow: number
  /** As `initialStreamWindow`, for all streams of a connection together. Default 24 MiB. */
  readonly initialConnectionWindow: number
  /** RFC 8441: WebSocket over HTTP/2. Default false. */
  readonly allowConnect: boolean
  /** What names and values of a message may have in all. Default 60. */
  readonly maxHeadersKb: number
  /** Fields of a message; pseudo headers and each crumb of a cookie count. Default 100. */
  readonly maxHeadersCount: number
  /** Envoy's `headers_with_underscores_action`. Default `allow`. */
  readonly underscores: Underscores
  /** What one name or value may have. Default 64. */
  readonly maxHeaderFieldKb: number
  /** Whether texts are sent in Huffman code where that is shorter. Default true. */
  readonly huffman: boolean
  /** How many streams a peer may open and reset at once, and how many a second beyond that, before it is shut out. */
  readonly streamResetBurst: number
  readonly streamResetRate: number
  /** A stream error for a message that is well framed but invalid, rather than the end of the connection. Default false. */
  readonly streamErrorOnInvalidHttpMessage: boolean
  /** Frames that may wait for the socket. Default 10 000. */
  readonly maxOutboundFrames: number
  /** The same for PING, SETTINGS and RST_STREAM. Default 1000. */
  readonly maxOutboundControlFrames: number
  /** Frames in a row that may have no payload and end nothing. Default 1. */
  readonly maxEmptyFrames: number
  /** PRIORITY frames, times one more than the streams that were opened. Default 100. */
  readonly maxPriorityFramesPerStream: number
  /** See `FloodGuard`. Default 10. */
  readonly maxWindowUpdatesPerDataFrame: number
}

const DEFAULTS: Http2Options = {
  hpackTableSize: 4096,
  maxConcurrentStreams: 1024,
  initialStreamWindow: 16 << 20,
  initialConnectionWindow: 24 << 20,
  allowConnect: false,
  maxHeadersKb: 60,
  maxHeadersCount: 100,
  underscores: 'allow',
  maxHeaderFieldKb: 64,
  huffman: true,
  streamResetBurst: 500,
  streamResetRate: 33,
  streamErrorOnInvalidHttpMessage: false,
  maxOutboundFrames: 10_000,
  maxOutboundControlFrames: 1000,
  maxEmptyFrames: 1,
  maxPriorityFramesPerStream: 100,
  maxWindowUpdatesPerDataFrame: 10,
}

/** Options with Envoy's defaults for what is not given. */
export function http2Options(given: Partial<Http2Options> = {}): Http2Options {
  return Object.freeze({ ...DEFAULTS, ...given })
}

/** How header names are written: as received, `Like-This`, or in lower case. */
export type HeaderKeyFormat = 'preserve' | 'proper' | 'lower'

/** Envoy's `http_protocol_options` and limits, decided. One frozen object for all connections of a listener or cluster. */
export interface Http1Options {
  /** False: HTTP/1.0 requests are answered 426. Default false. */
  readonly acceptHttp10: boolean
  /** The host of HTTP/1.0 requests that name none; '' = they are refused. */
  readonly defaultHostForHttp10: string
  /** Whether `GET http://host/path` is understood; else the target is taken as a path. Default true. */
  readonly allowAbsoluteUrl: boolean
  /** Content-Length beside `Transfer-Encoding: chunked` is dropped rather than refused. Default false. */
  readonly allowChunkedLength: boolean
  /** Default `preserve`. */
  readonly headerKeyFormat: HeaderKeyFormat
  /** Whether trailers are handed on, in both directions. Default false: they are read and dropped. */
  readonly enableTrailers: boolean
  /** False: only the methods that Node's own parser knows. Default true. */
  readonly allowCustomMethods: boolean
  /** Requests go upstream as `GET scheme://authority/path`. Default false. */
  readonly sendFullyQualifiedUrl: boolean
  /** The largest head (start line and fields) in KiB, and the largest trailer section. Default 60. */
  readonly maxHeadersKb: number
  /** Default 100. */
  readonly maxHeadersCount: number
  /** Bytes that wait behind an unfinished message before reading pauses. Default 1 MiB, of which 64 KiB are used. */
  readonly bufferLimit: number
  /** Protocols, as a client writes them, that it is not let upgrade to: the wish is taken out. Absent: none. */
  readonly ignoresUpgrade?: ((protocol: string) => boolean) | undefined
  /** What the user of a stream should do after a message that was well framed but invalid; the codec only carries it. */
  readonly streamErrorOnInvalidHttpMessage: boolean
}

const DEFAULTS: Http1Options = {
  acceptHttp10: false,
  defaultHostForHttp10: '',
  allowAbsoluteUrl: true,
  allowChunkedLength: false,
  headerKeyFormat: 'preserve',
  enableTrailers: false,
  allowCustomMethods: true,
  sendFullyQualifiedUrl: false,
  maxHeadersKb: 60,
  maxHeadersCount: 100,
  bufferLimit: 1 << 20,
  streamErrorOnInvalidHttpMessage: false,
}

/** Options with Envoy's defaults for what is not given. */
export function http1Options(given: Partial<Http1Options> = {}): Http1Options {
  return Object.freeze({ ...DEFAULTS, ...given })
}

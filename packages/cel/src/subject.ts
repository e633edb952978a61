import type { HeaderMap, RequestHeaders, ResponseHeaders, StreamInfo } from '@nuncio/core'

/** What expressions are asked about: a stream with what is known of it so far. A connection has no headers. */
export interface CelSubject {
  readonly info: StreamInfo
  readonly request: RequestHeaders | undefined
  readonly response: ResponseHeaders | undefined
  readonly responseTrailers: HeaderMap | undefined
}

import type {
  ConnectionInfo,
  HeaderMap,
  RequestHeaders,
  ResponseHeaders,
  SocketAddress,
  StreamInfo,
} from '@nuncio/core'

/** Data that arrives bit by bit, as that of a stream does. */
export interface Availability {
  /** Set when a decision hung on something that is not there yet: with it, the decision may be another one. */
  unavailable?: boolean
}

/** What inputs about a connection read. The fields may be set anew for each use. */
export interface NetworkMatchData {
  connection: ConnectionInfo | undefined
  /** The peer; for requests, as forwarded headers name it. */
  remote: SocketAddress | undefined
}

/** What inputs about a request read; what is not there yet is undefined and matches nothing. */
export interface HttpMatchData extends NetworkMatchData, Availability {
  request: RequestHeaders | undefined
  requestTrailers: HeaderMap | undefined
  response: ResponseHeaders | undefined
  responseTrailers: HeaderMap | undefined
  info: StreamInfo | undefined
}

/** A holder for one request; one may serve for all, with `setHttpMatchData`. */
export function httpMatchData(request?: RequestHeaders, info?: StreamInfo): HttpMatchData {
  return {
    unavailable: false,
    request,
    requestTrailers: undefined,
    response: undefined,
    responseTrailers: undefined,
    info,
    connection: info?.connection,
    remote: info?.remote,
  }
}

/** Points a holder at another request. */
export function setHttpMatchData(
  data: HttpMatchData,
  request: RequestHeaders | undefined,
  info: StreamInfo | undefined,
): void {
  data.request = request
  data.info = info
  data.connection = info?.connection
  data.remote = info?.remote
}

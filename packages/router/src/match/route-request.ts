import { type RequestHeaders, requestHeaders, type StreamInfo } from '@nuncio/core'
import { pathEnd } from '@nuncio/matching'

/** One request as predicates see it. One object serves a route table: it is filled anew for each look-up. */
export class RouteRequest {
  headers: RequestHeaders = requestHeaders([])
  info: StreamInfo | undefined = undefined
  random: number | bigint = 0
  /** The path with its query. */
  path = ''
  /** Where the query or fragment begins. */
  pathEnd = 0
  /** As `pathEnd`, or where path parameters (`;`) begin, when those are to be ignored. */
  matchEnd = 0

  fill(headers: RequestHeaders, info: StreamInfo | undefined, random: number | bigint, ignoreParameters: boolean): void {
    const path = headers.path
    this.headers = headers
    this.info = info
    this.random = random
    this.path = path
    this.pathEnd = pathEnd(path)
    this.matchEnd = this.pathEnd
    if (ignoreParameters) {
      const semicolon = path.indexOf(';')
      if (semicolon >= 0 && semicolon < this.pathEnd) this.matchEnd = semicolon
    }
  }
}

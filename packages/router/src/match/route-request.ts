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
  /** What path specifiers look at: `path`, or the path without parameters when those are to be ignored. */
  matchPath = ''
  /** Where `matchPath` ends for them. */
  matchEnd = 0

  fill(
    headers: RequestHeaders,
    info: StreamInfo | undefined,
    random: number | bigint,
    ignoreParameters: boolean,
  ): void {
    const path = headers.path
    const end = pathEnd(path)
    this.headers = headers
    this.info = info
    this.random = random
    this.path = path
    this.pathEnd = end
    this.matchPath = path
    this.matchEnd = end
    if (!ignoreParameters) return
    const semicolon = path.indexOf(';')
    if (semicolon < 0 || semicolon >= end) return
    this.matchPath = withoutParameters(path.slice(0, end))
    this.matchEnd = this.matchPath.length
  }
}

/** Takes the parameters off each segment: from a semicolon to the next slash. */
function withoutParameters(path: string): string {
  return path.replace(/;[^/]*/g, '')
}

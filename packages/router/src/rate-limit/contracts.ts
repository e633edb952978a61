import type { EnumName } from '@nuncio/config'
import type { RequestHeaders, StreamInfo } from '@nuncio/core'
import type { Route } from '../contracts.ts'

/** One step of a descriptor. Key and value are bytes as Latin-1 text, as header values are. */
export interface RateLimitEntry {
  readonly key: string
  readonly value: string
}

/** A limit that the request itself asks for, in the place of the one that the service knows. */
export interface RateLimitOverride {
  readonly requestsPerUnit: number
  readonly unit: EnumName<'envoy.type.v3.RateLimitUnit'>
}

/** The key under which a request counts, and how much. */
export interface RateLimitDescriptor {
  /** May be empty, when every action skipped itself. */
  readonly entries: readonly RateLimitEntry[]
  readonly limit: RateLimitOverride | undefined
  /** Hits that this request counts for; undefined = as many as the filter says, usually one. */
  readonly hits: number | undefined
  /** Whether x-ratelimit headers tell of it; UNSPECIFIED = as the filter says. */
  readonly headers: EnumName<'envoy.config.route.v3.RateLimit.XRateLimitOption'>
}

/** What a rate limit looks at. A `FilterStream` is one. */
export interface RateLimitStream {
  readonly requestHeaders: RequestHeaders
  readonly info: StreamInfo
  /** That of its route; '' = it leads to none. */
  readonly clusterName: string
  route(): Route | undefined
}

/** One RateLimit message, compiled. */
export interface RateLimit {
  readonly stage: number
  /** The runtime key that can switch it off; '' = none. */
  readonly disableKey: string
  /** It counts when the stream is over, not when it begins. */
  readonly onStreamDone: boolean
  /**
   * The descriptor of a request; undefined when the request does not count here. `localCluster` is the name of the
   * cluster that the proxy itself belongs to.
   */
  describe(stream: RateLimitStream, localCluster: string): RateLimitDescriptor | undefined
}

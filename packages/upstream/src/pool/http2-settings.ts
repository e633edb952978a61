import type { DecidedCluster } from '@nuncio/cluster'
import { configuredHttp2, type Http2Options, http2Options } from '@nuncio/http-codec'

/** What a cluster's HTTP/2 options come down to; durations in ms, 0 = off. */
export interface Http2Settings {
  readonly options: Http2Options
  readonly keepaliveIntervalMs: number
  readonly keepaliveJitterPercent: number
  readonly keepaliveTimeoutMs: number
  /** A host that said nothing for longer is asked whether it lives, ahead of the next stream. */
  readonly keepaliveIdleMs: number
}

export function http2Settings(info: DecidedCluster): Http2Settings {
  const { http2 } = info
  const keepalive = http2.connection_keepalive
  return {
    options: http2Options({
      ...configuredHttp2(http2),
      // A host may reset what it was asked for as often as it likes: it did not choose how much that is.
      streamResetBurst: Number.POSITIVE_INFINITY,
      maxHeadersKb: info.maxResponseHeadersKb,
      maxHeadersCount: info.maxResponseHeadersCount,
    }),
    keepaliveIntervalMs: keepalive?.interval ?? 0,
    keepaliveJitterPercent: keepalive?.interval_jitter?.value ?? 15,
    keepaliveTimeoutMs: keepalive?.timeout ?? 0,
    keepaliveIdleMs: keepalive?.connection_idle_interval ?? 0,
  }
}

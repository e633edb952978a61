import type { DecidedCluster } from '@nuncio/cluster'
import type { ClientSessionOptions } from 'node:http2'

/** What a cluster's HTTP/2 options come down to; durations in ms, 0 = off. */
export interface Http2Settings {
  readonly maxConcurrentStreams: number
  /** Bytes that a host may send on one connection before it hears of their arrival. */
  readonly connectionWindow: number
  readonly keepaliveIntervalMs: number
  readonly keepaliveJitterPercent: number
  readonly keepaliveTimeoutMs: number
  readonly session: ClientSessionOptions
}

export function http2Settings(info: DecidedCluster): Http2Settings {
  const { http2 } = info
  const keepalive = http2.connection_keepalive
  const hpack = http2.hpack_table_size ?? 4096
  return {
    maxConcurrentStreams: http2.max_concurrent_streams ?? 1024,
    connectionWindow: http2.initial_connection_window_size ?? 24 * 1024 * 1024,
    keepaliveIntervalMs: keepalive?.interval ?? 0,
    keepaliveJitterPercent: keepalive?.interval_jitter?.value ?? 15,
    keepaliveTimeoutMs: keepalive?.timeout ?? 0,
    session: {
      maxDeflateDynamicTableSize: hpack,
      maxHeaderListPairs: info.maxResponseHeadersCount + 1,
      // Megabytes for all streams of a session; backpressure is per stream, so this only stops a runaway.
      maxSessionMemory: 1024,
      settings: {
        headerTableSize: hpack,
        enablePush: false,
        initialWindowSize: http2.initial_stream_window_size ?? 16 * 1024 * 1024,
        maxHeaderListSize: info.maxResponseHeadersKb * 1024,
      },
    },
  }
}

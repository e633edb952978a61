import { Flag, StreamInfo, type TimeSource } from '@nuncio/core'
import type { DownstreamConnection } from './connection.ts'

/** Why a connection is closed that no filter chain takes. */
export const NO_FILTER_CHAIN = 'filter_chain_not_found'

/** All that is known of a connection that is over, for the access log of its listener. */
export function finishedInfo(connection: DownstreamConnection, time: TimeSource): StreamInfo {
  const now = time.monotonicMs()
  const { startMs } = connection
  const info = connection.describe(new StreamInfo(connection, startMs, time.wallMs() - (now - startMs)))
  info.endMs = now
  info.downstreamTransportFailure = connection.transportFailure
  if (connection.unmatched) {
    info.setFlag(Flag.NR)
    info.details = NO_FILTER_CHAIN
  }
  return info
}

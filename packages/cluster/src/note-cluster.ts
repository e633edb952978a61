import type { StreamInfo } from '@nuncio/core'
import type { ClusterInfo } from './contracts/cluster-info.ts'

/** Writes down where a stream goes, for logs, formats and traces. */
export function noteCluster(info: StreamInfo, { name, statName, metadata }: ClusterInfo): void {
  info.upstreamCluster = name
  info.upstreamClusterStatName = statName === name ? '' : statName
  info.upstreamClusterMetadata = metadata
}

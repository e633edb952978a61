import type { StreamInfo } from '@nuncio/core'
import type { ClusterInfo } from './contracts/cluster-info.ts'

/** Writes down where a stream goes, for logs, formats and traces; undefined: nowhere. */
export function noteCluster(info: StreamInfo, cluster: ClusterInfo | undefined): void {
  const { name = '', statName = '', metadata } = cluster ?? NOWHERE
  info.upstreamCluster = name
  info.upstreamClusterStatName = statName === name ? '' : statName
  info.upstreamClusterMetadata = metadata
}

const NOWHERE: Partial<ClusterInfo> = {}

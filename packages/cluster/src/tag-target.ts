import type { Span } from '@nuncio/core'
import type { ClusterInfo } from './contracts/cluster-info.ts'
import type { Host } from './contracts/host.ts'

/** Says on the span of a request that the proxy makes by itself where it goes; undefined: no host was found. */
export function tagTarget(span: Span, cluster: ClusterInfo, host: Host | undefined): void {
  span.setAttribute('component', 'proxy')
  span.setAttribute('upstream_cluster', cluster.name)
  span.setAttribute('upstream_cluster.name', cluster.statName)
  if (host === undefined) return
  span.setAttribute('upstream_address', host.address)
  span.setAttribute('peer.address', host.address)
}

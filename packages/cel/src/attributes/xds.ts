import type { FilterMetadata } from '@nuncio/core'
import type { AttributeTable } from './attribute.ts'
import { metadataMessage as message } from './metadata.ts'

/** `xds.*` */
export const xdsAttributes: AttributeTable = {
  cluster_name: ({ info }) => info.upstreamCluster || undefined,
  cluster_metadata: ({ info }) => (info.upstreamCluster === '' ? undefined : message(info.upstreamClusterMetadata)),
  route_name: ({ info }) => (info.virtualHostName === '' ? undefined : info.routeName),
  route_metadata: ({ info }) => message(info.routeMetadata as FilterMetadata | undefined),
  virtual_host_name: ({ info }) => info.virtualHostName || undefined,
  virtual_host_metadata: ({ info }) => message(info.virtualHostMetadata),
  upstream_host_metadata: ({ info }) =>
    info.upstreamHost && (info.upstreamHost.metadata === undefined ? null : message(info.upstreamHost.metadata)),
  filter_chain_name: ({ info }) => info.connection.filterChainName,
  listener_metadata: ({ info }) => message(info.connection.listenerMetadata),
}

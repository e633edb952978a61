import { envoyMessage } from '@nuncio/config'
import type { NetworkConnection, NetworkFilterDefinition } from '@nuncio/listener'
import { setTextState } from '@nuncio/filter-chain'
import { CLUSTER_STATE } from '../tcp-proxy/tcp-proxy.ts'
import { sniClusterHonours } from './honours.ts'

function onNewConnection(connection: NetworkConnection): void {
  const { serverName } = connection.info
  if (serverName !== '') setTextState(connection.info, CLUSTER_STATE, serverName)
}

/** `envoy.filters.network.sni_cluster`: the server name that a TLS client asks for names the cluster. */
export const sniCluster: NetworkFilterDefinition<object> = {
  name: 'envoy.filters.network.sni_cluster',
  config: envoyMessage('envoy.extensions.filters.network.sni_cluster.v3.SniCluster', sniClusterHonours),
  stability: 'stable',
  terminal: false,
  create: () => ({ onNewConnection }),
}

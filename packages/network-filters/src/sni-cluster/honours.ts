import type { Honours } from '@nuncio/config'

export const sniClusterHonours: Honours = { 'envoy.extensions.filters.network.sni_cluster.v3.SniCluster': '*' }

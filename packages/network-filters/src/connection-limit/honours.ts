import type { Honours } from '@nuncio/config'

export const connectionLimitHonours: Honours = {
  'envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit': '*',
  'envoy.config.core.v3.RuntimeFeatureFlag': '*',
}

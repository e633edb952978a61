import type { Honours } from '@nuncio/config'

export const bandwidthLimitHonours: Honours = {
  'envoy.extensions.filters.http.bandwidth_limit.v3.BandwidthLimit': '*',
  'envoy.config.core.v3.RuntimeFeatureFlag': '*',
}

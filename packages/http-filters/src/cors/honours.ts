import type { Honours } from '@nuncio/config'

export const corsHonours: Honours = {
  'envoy.extensions.filters.http.cors.v3.Cors': '*',
  'envoy.extensions.filters.http.cors.v3.CorsPolicy': '*',
  'envoy.config.core.v3.RuntimeFractionalPercent': '*',
  'envoy.type.v3.FractionalPercent': '*',
}

import type { Honours } from '@nuncio/config'

export const csrfHonours: Honours = {
  'envoy.extensions.filters.http.csrf.v3.CsrfPolicy': '*',
  'envoy.config.core.v3.RuntimeFractionalPercent': '*',
  'envoy.type.v3.FractionalPercent': '*',
}

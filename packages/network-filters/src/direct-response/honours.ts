import type { Honours } from '@nuncio/config'

export const directResponseHonours: Honours = {
  'envoy.extensions.filters.network.direct_response.v3.Config': '*',
  'envoy.config.core.v3.DataSource': ['filename', 'inline_bytes', 'inline_string', 'environment_variable'],
}

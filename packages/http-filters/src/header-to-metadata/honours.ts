import type { Honours } from '@nuncio/config'

export const headerToMetadataHonours: Honours = {
  'envoy.extensions.filters.http.header_to_metadata.v3.Config': '*',
  'envoy.extensions.filters.http.header_to_metadata.v3.Config.Rule': '*',
  'envoy.extensions.filters.http.header_to_metadata.v3.Config.KeyValuePair': '*',
}

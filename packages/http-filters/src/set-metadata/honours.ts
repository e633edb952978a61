import type { Honours } from '@nuncio/config'

export const setMetadataHonours: Honours = {
  'envoy.extensions.filters.http.set_metadata.v3.Config': '*',
  'envoy.extensions.filters.http.set_metadata.v3.Metadata': '*',
}

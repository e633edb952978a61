import type { Honours } from '@nuncio/config'

export const setMetadataHonours: Honours = {
  'envoy.extensions.filters.http.set_metadata.v3.Config': '*',
  'envoy.extensions.filters.http.set_metadata.v3.Metadata': {
    honoured: ['metadata_namespace', 'allow_overwrite', 'value'],
    unsupported: { typed_value: 'nothing reads typed metadata: write it as value' },
  },
}

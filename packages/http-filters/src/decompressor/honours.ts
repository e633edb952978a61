import type { Honours } from '@nuncio/config'
import { decompressorLibraryHonours } from '../compression/honours.ts'

const DECOMPRESSOR = 'envoy.extensions.filters.http.decompressor.v3.Decompressor'

export const decompressorHonours: Honours = {
  ...decompressorLibraryHonours,
  [DECOMPRESSOR]: '*',
  [`${DECOMPRESSOR}.CommonDirectionConfig`]: '*',
  [`${DECOMPRESSOR}.RequestDirectionConfig`]: '*',
  [`${DECOMPRESSOR}.ResponseDirectionConfig`]: '*',
  'envoy.config.core.v3.RuntimeFeatureFlag': '*',
}

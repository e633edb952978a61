import type { Honours } from '@nuncio/config'
import { compressorLibraryHonours } from '../compression/honours.ts'

const COMPRESSOR = 'envoy.extensions.filters.http.compressor.v3'

export const compressorHonours: Honours = {
  ...compressorLibraryHonours,
  [`${COMPRESSOR}.Compressor`]: '*',
  [`${COMPRESSOR}.Compressor.CommonDirectionConfig`]: '*',
  [`${COMPRESSOR}.Compressor.RequestDirectionConfig`]: '*',
  [`${COMPRESSOR}.Compressor.ResponseDirectionConfig`]: '*',
  [`${COMPRESSOR}.CompressorPerRoute`]: '*',
  [`${COMPRESSOR}.CompressorOverrides`]: '*',
  [`${COMPRESSOR}.ResponseDirectionOverrides`]: '*',
  'envoy.config.core.v3.RuntimeFeatureFlag': '*',
}

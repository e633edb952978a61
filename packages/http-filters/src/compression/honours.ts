import { type Honours, READ_ONCE } from '@nuncio/config'

/** The compressor libraries. */
export const compressorLibraryHonours: Honours = {
  'envoy.config.core.v3.TypedExtensionConfig': '*',
  'envoy.extensions.compression.gzip.compressor.v3.Gzip': '*',
  'envoy.extensions.compression.brotli.compressor.v3.Brotli': '*',
  'envoy.extensions.compression.zstd.compressor.v3.Zstd': '*',
  'envoy.extensions.compression.zstd.compressor.v3.Zstd#dictionary': READ_ONCE,
}

/** The decompressor libraries. */
export const decompressorLibraryHonours: Honours = {
  'envoy.config.core.v3.TypedExtensionConfig': '*',
  'envoy.extensions.compression.gzip.decompressor.v3.Gzip': '*',
  'envoy.extensions.compression.brotli.decompressor.v3.Brotli': '*',
  'envoy.extensions.compression.zstd.decompressor.v3.Zstd': '*',
  'envoy.extensions.compression.zstd.decompressor.v3.Zstd#dictionaries': READ_ONCE,
}

import type { Message } from '@nuncio/config'
import type { DecompressorSettings, Platform } from '@nuncio/filter-chain'
import type { ConfigPlace } from '@nuncio/matching'
import { readSource } from '../data-source/data-source.ts'
import {
  compileLibrary,
  type CompressionLibrary,
  type LibraryConfig,
  type LibraryKinds,
  type SettingsOf,
} from './library.ts'

const DEFAULT_CHUNK_BYTES = 4096
/** Envoy's; brotli and zstd have no field for it. */
const DEFAULT_MAX_RATIO = 100

const KINDS: LibraryKinds<DecompressorSettings> = new Map<string, SettingsOf<DecompressorSettings>>([
  ['envoy.extensions.compression.gzip.decompressor.v3.Gzip', gzip],
  ['envoy.extensions.compression.brotli.decompressor.v3.Brotli', brotli],
  ['envoy.extensions.compression.zstd.decompressor.v3.Zstd', zstd],
])

/** Compiles `decompressor_library`; undefined, and a problem, when there is no such library. */
export function compileDecompressor(
  config: LibraryConfig | undefined,
  place: ConfigPlace,
  platform: Platform,
): CompressionLibrary | undefined {
  return compileLibrary(config, KINDS, place, platform, (settings) => platform.decompressor(settings))
}

function gzip(config: Message<'envoy.extensions.compression.gzip.decompressor.v3.Gzip'>): DecompressorSettings {
  return {
    kind: 'gzip',
    maxRatio: config.max_inflate_ratio ?? DEFAULT_MAX_RATIO,
    windowBits: config.window_bits ?? 15,
    chunkBytes: config.chunk_size ?? DEFAULT_CHUNK_BYTES,
  }
}

function brotli(config: Message<'envoy.extensions.compression.brotli.decompressor.v3.Brotli'>): DecompressorSettings {
  return {
    kind: 'brotli',
    maxRatio: DEFAULT_MAX_RATIO,
    wholeRingBuffer: config.disable_ring_buffer_reallocation === true,
    chunkBytes: config.chunk_size ?? DEFAULT_CHUNK_BYTES,
  }
}

function zstd(
  config: Message<'envoy.extensions.compression.zstd.decompressor.v3.Zstd'>,
  place: ConfigPlace,
  platform: Platform,
): DecompressorSettings {
  const [first, second] = config.dictionaries ?? []
  if (second !== undefined) place.item('dictionaries', 1, second).error('unsupported', 'one dictionary can be used')
  return {
    kind: 'zstd',
    maxRatio: DEFAULT_MAX_RATIO,
    dictionary: first && readSource(first, place.item('dictionaries', 0, first), platform),
    chunkBytes: config.chunk_size ?? DEFAULT_CHUNK_BYTES,
  }
}

import type { Message } from '@nuncio/config'
import type {
  BrotliCompressor,
  CompressorSettings,
  GzipCompressor,
  Platform,
  ZstdCompressor,
} from '@nuncio/filter-chain'
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
const ZSTD_STRATEGIES = [
  'DEFAULT', 'FAST', 'DFAST', 'GREEDY', 'LAZY', 'LAZY2', 'BTLAZY2', 'BTOPT', 'BTULTRA', 'BTULTRA2',
] as const // prettier-ignore

const KINDS: LibraryKinds<CompressorSettings> = new Map<string, SettingsOf<CompressorSettings>>([
  ['envoy.extensions.compression.gzip.compressor.v3.Gzip', gzip],
  ['envoy.extensions.compression.brotli.compressor.v3.Brotli', brotli],
  ['envoy.extensions.compression.zstd.compressor.v3.Zstd', zstd],
])

/** Compiles `compressor_library`; undefined, and a problem, when there is no such library. */
export function compileCompressor(
  config: LibraryConfig | undefined,
  place: ConfigPlace,
  platform: Platform,
): CompressionLibrary | undefined {
  return compileLibrary(config, KINDS, place, platform, (settings) => platform.compressor(settings))
}

function gzip(config: Message<'envoy.extensions.compression.gzip.compressor.v3.Gzip'>): GzipCompressor {
  const { compression_strategy: strategy = 'DEFAULT_STRATEGY', compression_level: level = 'DEFAULT_COMPRESSION' } =
    config
  return {
    kind: 'gzip',
    level: gzipLevel(level),
    strategy: strategy === 'DEFAULT_STRATEGY' ? undefined : strategy,
    windowBits: config.window_bits ?? 12,
    memoryLevel: config.memory_level ?? 5,
    chunkBytes: config.chunk_size ?? DEFAULT_CHUNK_BYTES,
  }
}

function gzipLevel(name: string): number | undefined {
  if (name === 'BEST_SPEED') return 1
  if (name === 'BEST_COMPRESSION') return 9
  return name === 'DEFAULT_COMPRESSION' ? undefined : Number(name.slice('COMPRESSION_LEVEL_'.length))
}

function brotli(config: Message<'envoy.extensions.compression.brotli.compressor.v3.Brotli'>): BrotliCompressor {
  const { encoder_mode: mode = 'DEFAULT' } = config
  return {
    kind: 'brotli',
    quality: config.quality ?? 3,
    mode: mode === 'DEFAULT' ? undefined : mode,
    windowBits: config.window_bits ?? 18,
    blockBits: config.input_block_bits ?? 24,
    literalContextModeling: config.disable_literal_context_modeling !== true,
    chunkBytes: config.chunk_size ?? DEFAULT_CHUNK_BYTES,
  }
}

function zstd(
  config: Message<'envoy.extensions.compression.zstd.compressor.v3.Zstd'>,
  place: ConfigPlace,
  platform: Platform,
): ZstdCompressor {
  const strategy = ZSTD_STRATEGIES.indexOf(config.strategy ?? 'DEFAULT')
  return {
    kind: 'zstd',
    level: config.compression_level || 3,
    strategy: strategy === 0 ? undefined : strategy,
    checksum: config.enable_checksum === true,
    dictionary: config.dictionary && readSource(config.dictionary, place.at('dictionary', config.dictionary), platform),
    chunkBytes: config.chunk_size ?? DEFAULT_CHUNK_BYTES,
  }
}

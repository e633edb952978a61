import type { Message } from '@nuncio/config'
import type { Counter, HeaderMap, StatsScope } from '@nuncio/core'
import type { FilterContext } from '@nuncio/filter-chain'
import { type ConfigPlace, runtimeFlag } from '@nuncio/matching'
import { forbidsTransform } from '../compression/cache-control.ts'
import { compileDecompressor } from '../compression/decompressors.ts'
import type { CompressionLibrary } from '../compression/library.ts'

type Config = Message<'envoy.extensions.filters.http.decompressor.v3.Decompressor'>
type Common = Message<'envoy.extensions.filters.http.decompressor.v3.Decompressor.CommonDirectionConfig'>

/** What is decompressed of one direction, and what is counted. */
export class DirectionSettings {
  readonly isEnabled: () => boolean
  readonly decompressed: Counter
  readonly notDecompressed: Counter
  readonly compressedBytes: Counter
  readonly uncompressedBytes: Counter
  readonly #ignoreNoTransform: boolean

  constructor(common: Common | undefined, scope: StatsScope, prefix: string, runtime: FilterContext['runtime']) {
    this.isEnabled = runtimeFlag(common?.enabled, runtime)
    this.#ignoreNoTransform = common?.ignore_no_transform_header === true
    this.decompressed = scope.counter(`${prefix}decompressed`)
    this.notDecompressed = scope.counter(`${prefix}not_decompressed`)
    this.compressedBytes = scope.counter(`${prefix}total_compressed_bytes`)
    this.uncompressedBytes = scope.counter(`${prefix}total_uncompressed_bytes`)
  }

  /** Whether a body with these headers is to be decompressed, given the encoding that can be. */
  takes(headers: HeaderMap, encoding: string): boolean {
    if (!this.isEnabled() || (!this.#ignoreNoTransform && forbidsTransform(headers))) return false
    return outerEncoding(headers) === encoding
  }
}

/** The encoding that Envoy takes off: the first of the list. */
function outerEncoding(headers: HeaderMap): string {
  return (headers.getJoined('content-encoding') ?? '').split(',', 1)[0]!.trim().toLowerCase()
}

/** One Decompressor message, compiled. */
export interface DecompressorSettings {
  readonly library: CompressionLibrary | undefined
  readonly request: DirectionSettings
  readonly response: DirectionSettings
  readonly advertises: boolean
  /** How the trailers begin that tell of sizes. */
  readonly trailerPrefix: string
  /** Bodies that were no such data, broke off, or grew too much. */
  readonly errors: Counter
}

export function compileSettings(
  config: Config,
  place: ConfigPlace,
  context: Pick<FilterContext, 'stats' | 'runtime' | 'platform'>,
): DecompressorSettings {
  const { request_direction_config: request, response_direction_config: response } = config
  const libraryPlace = place.at('decompressor_library', config.decompressor_library)
  const library = compileDecompressor(config.decompressor_library, libraryPlace, context.platform)
  const prefix = `decompressor.${library?.statPrefix ?? ''}`
  const direction = (common: Common | undefined, word: string): DirectionSettings =>
    new DirectionSettings(common, context.stats, `${prefix}${word}.`, context.runtime)
  return {
    library,
    request: direction(request?.common_config, 'request'),
    response: direction(response?.common_config, 'response'),
    advertises: request?.advertise_accept_encoding !== false,
    trailerPrefix: `x-envoy-decompressor-${(config.decompressor_library?.name ?? '').toLowerCase()}-`,
    errors: context.stats.counter(`${prefix}decompressor_library.${ERROR_STATS[library?.kind ?? 'gzip']}`),
  }
}

const ERROR_STATS = { gzip: 'zlib_data_error', brotli: 'brotli_error', zstd: 'zstd_generic_error' } as const

import type { Message } from '@nuncio/config'
import type { HeaderMap } from '@nuncio/core'
import type { FilterContext } from '@nuncio/filter-chain'
import { type ConfigPlace, runtimeFlag } from '@nuncio/matching'
import { compileCompressor } from '../compression/compressors.ts'
import type { CompressionLibrary } from '../compression/library.ts'
import { DirectionStats, ResponseStats } from './stats.ts'

type Config = Message<'envoy.extensions.filters.http.compressor.v3.Compressor'>
type Common = Message<'envoy.extensions.filters.http.compressor.v3.Compressor.CommonDirectionConfig'>
type PerRoute = Message<'envoy.extensions.filters.http.compressor.v3.CompressorPerRoute'>

const DEFAULT_MIN_BYTES = 30
const DEFAULT_TYPES = [
  'text/html', 'text/plain', 'text/css', 'text/javascript', 'text/x-javascript', 'text/ecmascript', 'text/js',
  'text/jscript', 'text/x-js', 'text/xml', 'application/javascript', 'application/x-javascript',
  'application/ecmascript', 'application/json', 'application/x-json', 'application/xml', 'application/xhtml+xml',
  'application/grpc-web', 'image/svg+xml',
] // prettier-ignore

/** What is compressed of one direction. */
export class DirectionSettings {
  readonly isEnabled: () => boolean
  readonly #minBytes: number
  readonly #types: ReadonlySet<string>

  constructor(common: Common, isEnabled: () => boolean) {
    this.isEnabled = isEnabled
    this.#minBytes = common.min_content_length || DEFAULT_MIN_BYTES
    const types = common.content_type ?? []
    this.#types = new Set((types.length === 0 ? DEFAULT_TYPES : types).map((type) => type.toLowerCase()))
  }

  /** A body of unknown length is long enough. */
  isLongEnough(headers: HeaderMap): boolean {
    const length = headers.get('content-length')
    return length === undefined || Number(length) >= this.#minBytes
  }

  /** Whether a body's type is among those to compress; one without a type is. */
  allowsType(headers: HeaderMap): boolean {
    const type = headers.get('content-type')
    return type === undefined || this.#types.has(type.split(';', 1)[0]!.trim().toLowerCase())
  }
}

/** One Compressor message, compiled. */
export interface CompressorSettings {
  readonly library: CompressionLibrary | undefined
  readonly chooseFirst: boolean
  readonly request: DirectionSettings
  readonly requestStats: DirectionStats
  readonly response: DirectionSettings
  readonly responseStats: ResponseStats
  readonly disableOnEtag: boolean
  readonly removeAcceptEncoding: boolean
  readonly uncompressibleCodes: ReadonlySet<number>
  readonly statusHeader: boolean
}

/** What a route says otherwise; what it does not say is undefined. */
export interface RouteCompressor {
  readonly enabled: boolean | undefined
  readonly removeAcceptEncoding: boolean | undefined
  readonly library: CompressionLibrary | undefined
}

/** Compiles a Compressor message. Without `response_direction_config` the old fields beside it count. */
export function compileSettings(
  config: Config,
  place: ConfigPlace,
  context: Pick<FilterContext, 'stats' | 'runtime' | 'platform'>,
): CompressorSettings {
  const { request_direction_config: request, response_direction_config: response } = config
  const libraryPlace = place.at('compressor_library', config.compressor_library)
  const library = compileCompressor(config.compressor_library, libraryPlace, context.platform)
  const responseOptions = response ?? config
  const flag = response === undefined ? config.runtime_enabled : response.common_config?.enabled
  const stats = `compressor.${library?.statPrefix ?? ''}`
  return {
    library,
    chooseFirst: config.choose_first === true,
    request: new DirectionSettings(
      request?.common_config ?? {},
      request === undefined ? () => false : runtimeFlag(request.common_config?.enabled, context.runtime),
    ),
    requestStats: new DirectionStats(context.stats, `${stats}request.`),
    response: new DirectionSettings(
      response === undefined ? oldFields(config) : (response.common_config ?? {}),
      runtimeFlag(flag, context.runtime),
    ),
    responseStats: new ResponseStats(context.stats, stats, response === undefined ? stats : `${stats}response.`),
    disableOnEtag: responseOptions.disable_on_etag_header === true,
    removeAcceptEncoding: responseOptions.remove_accept_encoding_header === true,
    uncompressibleCodes: new Set(response?.uncompressible_response_codes),
    statusHeader: response?.status_header_enabled === true,
  }
}

function oldFields({ content_length: minLength, content_type: types }: Config): Common {
  return {
    ...(minLength !== undefined && { min_content_length: minLength }),
    ...(types !== undefined && { content_type: types }),
  }
}

/** Compiles a CompressorPerRoute message. */
export function compileRoute(
  { disabled, overrides }: PerRoute,
  place: ConfigPlace,
  context: Pick<FilterContext, 'platform'>,
): RouteCompressor {
  if (disabled === true) return { enabled: false, removeAcceptEncoding: undefined, library: undefined }
  const response = overrides?.response_direction_config
  const library = overrides?.compressor_library
  return {
    enabled: response === undefined ? undefined : true,
    removeAcceptEncoding: response?.remove_accept_encoding_header,
    library:
      library &&
      compileCompressor(library, place.at('overrides', overrides).at('compressor_library', library), context.platform),
  }
}

import type { Message } from '@nuncio/config'
import { NuncioError } from '@nuncio/core'
import type { Platform, StreamTransform } from '@nuncio/filter-chain'
import { type ConfigPlace, quoted } from '@nuncio/matching'

/** The configuration of a compression library: a name for statistics, and the library's own message. */
export type LibraryConfig = Message<'envoy.config.core.v3.TypedExtensionConfig'>

/** A compression library with its settings: makes a transform for each body. */
export interface CompressionLibrary {
  /** As in `content-encoding`: gzip, br, zstd. */
  readonly encoding: string
  readonly kind: 'gzip' | 'brotli' | 'zstd'
  /** `<name>.<kind>.`: how its statistics begin. */
  readonly statPrefix: string
  make(): StreamTransform
}

/** Makes settings of a library's message. */
export type SettingsOf<S> = (config: object, place: ConfigPlace, platform: Platform) => S

/** The libraries that there are, by message type. */
export type LibraryKinds<S> = ReadonlyMap<string, SettingsOf<S>>

export const ENCODINGS = { gzip: 'gzip', brotli: 'br', zstd: 'zstd' } as const

/**
 * Compiles a library. It is tried once, so that settings which do not go together, and a platform that lacks it, are
 * problems of the configuration; undefined then.
 */
export function compileLibrary<S extends { readonly kind: keyof typeof ENCODINGS }>(
  config: LibraryConfig | undefined,
  kinds: LibraryKinds<S>,
  place: ConfigPlace,
  platform: Platform,
  make: (settings: S) => StreamTransform | undefined,
): CompressionLibrary | undefined {
  const any = config?.typed_config
  const settingsOf = any === undefined ? undefined : kinds.get(any['@type'])
  if (any === undefined || settingsOf === undefined) {
    place.error('unsupported', `there is no compression library ${quoted(any?.['@type'] ?? config?.name ?? '')}`)
    return undefined
  }
  const settings = settingsOf(any, place.at('typed_config', any), platform)
  const { kind } = settings
  try {
    const trial = make(settings)
    if (trial === undefined) throw new NuncioError('ERR_NUNCIO_NO_COMPRESSION', `there is no ${kind} here`)
    trial.close()
  } catch (error) {
    place.error('rule', `the ${kind} library refuses its settings: ${(error as Error).message}`)
    return undefined
  }
  return {
    encoding: ENCODINGS[kind],
    kind,
    statPrefix: `${config?.name ?? ''}.${kind}.`,
    make: () => make(settings)!,
  }
}

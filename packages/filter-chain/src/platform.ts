import type { CompressorSettings, DecompressorSettings, StreamTransform } from './compression.ts'
import type { AbortSignalLike } from '@nuncio/cluster'

/** What pure filters need of the machine, handed in by the composition root. A browser may leave parts out. */
export interface Platform {
  /** Streaming compression; undefined when the platform lacks this kind. Throws when the settings do not go together. */
  readonly compressor: (settings: CompressorSettings) => StreamTransform | undefined
  readonly decompressor: (settings: DecompressorSettings) => StreamTransform | undefined
  readonly sha1: (data: Uint8Array) => Uint8Array
  readonly sha256: (data: Uint8Array) => Uint8Array
  readonly hmacSha256: (key: Uint8Array, data: Uint8Array) => Uint8Array
  /** Equal in a time that does not depend on where they differ. */
  readonly timingSafeEqual: (a: Uint8Array, b: Uint8Array) => boolean
  /** The WebCrypto object, for jose. */
  readonly subtle: unknown
  /** Reads a file named in configuration, when that loads. */
  readonly readFile: (path: string) => Uint8Array
  readonly environment: (name: string) => string | undefined
  /** Calls back when a file named in configuration changes; the result stops it. */
  readonly watchFile: (path: string, onChange: () => void) => () => void
  readonly abortController: () => { readonly signal: AbortSignalLike; abort(reason?: unknown): void }
}

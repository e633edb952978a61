import type { AbortSignalLike } from './filter.ts'

/** What pure filters need of the machine, handed in by the composition root. A browser may leave parts out. */
export interface Platform {
  /** Streaming compression; undefined when the platform lacks it. */
  readonly compressor: (kind: CompressionKind, options: CompressorOptions) => StreamTransform | undefined
  readonly decompressor: (kind: CompressionKind) => StreamTransform | undefined
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

export type CompressionKind = 'gzip' | 'deflate' | 'brotli' | 'zstd'

export interface CompressorOptions {
  /** 1–9 for gzip, 0–11 for brotli, 1–22 for zstd; undefined = the library's default. */
  readonly level?: number
  readonly windowBits?: number
  readonly memoryLevel?: number
  readonly chunkSize?: number
}

/** A transform that is pushed and pulled: nothing happens by itself. */
export interface StreamTransform {
  /** Takes input and answers what came out; `flush` forces out all that was taken, `end` finishes the stream. */
  transform(chunk: Uint8Array, mode: 'none' | 'flush' | 'end'): Uint8Array | Promise<Uint8Array>
  /** Frees it; may be called at any time. */
  close(): void
}

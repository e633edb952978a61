/** How to compress; what is left out is the library's default. */
export type CompressorSettings = GzipCompressor | BrotliCompressor | ZstdCompressor

/** How gzip compresses; what is left out is zlib's default. */
export interface GzipCompressor {
  readonly kind: 'gzip'
  /** 1 to 9. */
  readonly level?: number | undefined
  readonly strategy?: 'FILTERED' | 'HUFFMAN_ONLY' | 'RLE' | 'FIXED' | undefined
  /** 9 to 15. */
  readonly windowBits?: number | undefined
  /** 1 to 9. */
  readonly memoryLevel?: number | undefined
  readonly chunkBytes?: number | undefined
}

/** How brotli compresses; what is left out is zlib's default. */
export interface BrotliCompressor {
  readonly kind: 'brotli'
  /** 0 to 11. */
  readonly quality?: number | undefined
  readonly mode?: 'GENERIC' | 'TEXT' | 'FONT' | undefined
  /** 10 to 24. */
  readonly windowBits?: number | undefined
  /** 16 to 24. */
  readonly blockBits?: number | undefined
  readonly literalContextModeling?: boolean | undefined
  readonly chunkBytes?: number | undefined
}

/** How zstd compresses; what is left out is zlib's default. */
export interface ZstdCompressor {
  readonly kind: 'zstd'
  /** 1 to 22. */
  readonly level?: number | undefined
  /** 1 (fast) to 9 (btultra2). */
  readonly strategy?: number | undefined
  readonly checksum?: boolean | undefined
  readonly dictionary?: Uint8Array | undefined
  readonly chunkBytes?: number | undefined
}

/** How much a decompressor takes and gives. */
export interface DecompressorSettings {
  readonly kind: 'gzip' | 'brotli' | 'zstd'
  /** The output may be this many times as large as the input so far; more is an `ERR_NUNCIO_INFLATE_RATIO`. */
  readonly maxRatio: number
  /** gzip only, 9 to 15. */
  readonly windowBits?: number | undefined
  /** brotli only: the ring buffer has the size of the window from the beginning. */
  readonly wholeRingBuffer?: boolean | undefined
  /** zstd only. */
  readonly dictionary?: Uint8Array | undefined
  readonly chunkBytes?: number | undefined
}

/** A transform that is pushed and pulled: nothing happens by itself. */
export interface StreamTransform {
  /**
   * Takes input and answers what came out; `flush` forces out all that was taken, `end` finishes the stream. Rejects
   * when the input is no such data or grows too much; nothing may be called after that but `close`.
   */
  transform(chunk: Uint8Array, mode: 'none' | 'flush' | 'end'): Promise<Uint8Array>
  /** Frees it; may be called at any time. */
  close(): void
}

import { NuncioError } from '@nuncio/core'
import type {
  BrotliCompressor,
  CompressorSettings,
  DecompressorSettings,
  GzipCompressor,
  StreamTransform,
  ZstdCompressor,
} from '@nuncio/filter-chain'
import zlib from 'node:zlib'

type ZlibStream = zlib.Gzip | zlib.BrotliCompress | zlib.ZstdCompress

const { constants } = zlib
const STRATEGIES = {
  FILTERED: constants.Z_FILTERED,
  HUFFMAN_ONLY: constants.Z_HUFFMAN_ONLY,
  RLE: constants.Z_RLE,
  FIXED: constants.Z_FIXED,
} as const
const MODES = {
  GENERIC: constants.BROTLI_MODE_GENERIC,
  TEXT: constants.BROTLI_MODE_TEXT,
  FONT: constants.BROTLI_MODE_FONT,
} as const

/** A zlib stream that is pushed and pulled: each call answers what came out for what went in. */
class NodeTransform implements StreamTransform {
  readonly #stream: ZlibStream
  readonly #flush: number
  readonly #maxRatio: number
  #taken = 0
  #made = 0
  #out: Buffer[] = []
  #fail: ((error: Error) => void) | undefined = undefined
  #error: Error | undefined = undefined

  constructor(stream: ZlibStream, flush: number, maxRatio = Number.POSITIVE_INFINITY) {
    this.#stream = stream
    this.#flush = flush
    this.#maxRatio = maxRatio
    stream.on('data', (chunk: Buffer) => this.#onOutput(chunk))
    stream.on('error', (error: Error) => {
      this.#error = error
      this.#fail?.(error)
    })
  }

  /** Output is counted piece by piece: a bomb is stopped while it grows, not when it has grown. */
  #onOutput(chunk: Buffer): void {
    this.#made += chunk.length
    if (this.#made <= this.#maxRatio * this.#taken) this.#out.push(chunk)
    else if (!this.#stream.destroyed)
      this.#stream.destroy(new NuncioError('ERR_NUNCIO_INFLATE_RATIO', 'the data grow too much when decompressed'))
  }

  transform(chunk: Uint8Array, mode: 'none' | 'flush' | 'end'): Promise<Uint8Array> {
    if (this.#error !== undefined) return Promise.reject(this.#error)
    this.#taken += chunk.length
    return new Promise((resolve, reject) => {
      this.#fail = reject
      const done = (): void => {
        this.#fail = undefined
        const out = Buffer.concat(this.#out)
        this.#out = []
        resolve(out)
      }
      // The chunk is lent until the promise settles; zlib takes it in at once but compresses on another thread.
      if (mode === 'end') this.#stream.once('end', done).end(chunk)
      else if (mode === 'flush') {
        this.#stream.write(chunk)
        this.#stream.flush(this.#flush, done)
      } else this.#stream.write(chunk, () => done())
    })
  }

  close(): void {
    this.#stream.removeAllListeners('data')
    this.#stream.on('error', () => {})
    this.#stream.destroy()
  }
}

export function nodeCompressor(settings: CompressorSettings): StreamTransform | undefined {
  switch (settings.kind) {
    case 'gzip':
      return gzip(settings)
    case 'brotli':
      return brotli(settings)
    case 'zstd':
      return zstd(settings)
  }
}

function gzip({ level, strategy, windowBits, memoryLevel, chunkBytes }: GzipCompressor): StreamTransform {
  const stream = zlib.createGzip({
    ...(level !== undefined && { level }),
    ...(strategy !== undefined && { strategy: STRATEGIES[strategy] }),
    ...(windowBits !== undefined && { windowBits }),
    ...(memoryLevel !== undefined && { memLevel: memoryLevel }),
    ...chunkSize(chunkBytes),
  })
  return new NodeTransform(stream, constants.Z_SYNC_FLUSH)
}

function brotli(settings: BrotliCompressor): StreamTransform {
  const { quality, mode, windowBits, blockBits, literalContextModeling } = settings
  const params: Record<number, number> = {}
  if (quality !== undefined) params[constants.BROTLI_PARAM_QUALITY] = quality
  if (mode !== undefined) params[constants.BROTLI_PARAM_MODE] = MODES[mode]
  if (windowBits !== undefined) params[constants.BROTLI_PARAM_LGWIN] = windowBits
  if (blockBits !== undefined) params[constants.BROTLI_PARAM_LGBLOCK] = blockBits
  if (literalContextModeling === false) params[constants.BROTLI_PARAM_DISABLE_LITERAL_CONTEXT_MODELING] = 1
  const stream = zlib.createBrotliCompress({ params, ...chunkSize(settings.chunkBytes) })
  return new NodeTransform(stream, constants.BROTLI_OPERATION_FLUSH)
}

function zstd({ level, strategy, checksum, dictionary, chunkBytes }: ZstdCompressor): StreamTransform {
  const params: Record<number, number> = {}
  if (level !== undefined) params[constants.ZSTD_c_compressionLevel] = level
  if (strategy !== undefined) params[constants.ZSTD_c_strategy] = strategy
  if (checksum === true) params[constants.ZSTD_c_checksumFlag] = 1
  const stream = zlib.createZstdCompress({
    params,
    ...(dictionary !== undefined && { dictionary: Buffer.from(dictionary) }),
    ...chunkSize(chunkBytes),
  })
  return new NodeTransform(stream, constants.ZSTD_e_flush)
}

export function nodeDecompressor(settings: DecompressorSettings): StreamTransform | undefined {
  const { maxRatio, windowBits, wholeRingBuffer, dictionary } = settings
  const size = chunkSize(settings.chunkBytes)
  switch (settings.kind) {
    case 'gzip':
      return new NodeTransform(
        zlib.createGunzip({ ...size, ...(windowBits !== undefined && { windowBits }) }),
        constants.Z_SYNC_FLUSH,
        maxRatio,
      )
    case 'brotli': {
      const params: Record<number, number> = {}
      if (wholeRingBuffer === true) params[constants.BROTLI_DECODER_PARAM_DISABLE_RING_BUFFER_REALLOCATION] = 1
      const stream = zlib.createBrotliDecompress({ ...size, params })
      return new NodeTransform(stream, constants.BROTLI_OPERATION_FLUSH, maxRatio)
    }
    case 'zstd': {
      const set = dictionary === undefined ? size : { ...size, dictionary: Buffer.from(dictionary) }
      return new NodeTransform(zlib.createZstdDecompress(set), constants.ZSTD_e_flush, maxRatio)
    }
  }
}

function chunkSize(bytes: number | undefined): { chunkSize?: number } {
  return bytes === undefined ? {} : { chunkSize: bytes }
}

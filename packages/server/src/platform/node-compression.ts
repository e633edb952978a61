import type { CompressorOptions, StreamTransform } from '@nuncio/filter-chain'
import zlib from 'node:zlib'

type Kind = 'gzip' | 'deflate' | 'brotli' | 'zstd'
type ZlibStream = zlib.Gzip | zlib.BrotliCompress | zlib.ZstdCompress

const { constants } = zlib

/** A zlib stream that is pushed and pulled: each call answers what came out for what went in. */
class NodeTransform implements StreamTransform {
  readonly #stream: ZlibStream
  readonly #flush: number
  #out: Buffer[] = []
  #fail: ((error: Error) => void) | undefined = undefined
  #error: Error | undefined = undefined

  constructor(stream: ZlibStream, flush: number) {
    this.#stream = stream
    this.#flush = flush
    stream.on('data', (chunk: Buffer) => this.#out.push(chunk))
    stream.on('error', (error: Error) => {
      this.#error = error
      this.#fail?.(error)
    })
  }

  transform(chunk: Uint8Array, mode: 'none' | 'flush' | 'end'): Promise<Uint8Array> {
    if (this.#error !== undefined) return Promise.reject(this.#error)
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

export function nodeCompressor(kind: Kind, options: CompressorOptions): StreamTransform | undefined {
  const { level, windowBits, memoryLevel, chunkSize } = options
  const common = { ...(chunkSize !== undefined && { chunkSize }) }
  switch (kind) {
    case 'gzip':
    case 'deflate': {
      const set = {
        ...common,
        ...(level !== undefined && { level }),
        ...(windowBits !== undefined && { windowBits }),
        ...(memoryLevel !== undefined && { memLevel: memoryLevel }),
      }
      return new NodeTransform(kind === 'gzip' ? zlib.createGzip(set) : zlib.createDeflate(set), constants.Z_SYNC_FLUSH)
    }
    case 'brotli': {
      const params: Record<number, number> = { [constants.BROTLI_PARAM_QUALITY]: level ?? 3 }
      if (windowBits !== undefined) params[constants.BROTLI_PARAM_LGWIN] = windowBits
      return new NodeTransform(zlib.createBrotliCompress({ ...common, params }), constants.BROTLI_OPERATION_FLUSH)
    }
    case 'zstd':
      return new NodeTransform(
        zlib.createZstdCompress({ ...common, params: { [constants.ZSTD_c_compressionLevel]: level ?? 3 } }),
        constants.ZSTD_e_flush,
      )
  }
}

export function nodeDecompressor(kind: Kind): StreamTransform | undefined {
  switch (kind) {
    case 'gzip':
      return new NodeTransform(zlib.createGunzip(), constants.Z_SYNC_FLUSH)
    case 'deflate':
      return new NodeTransform(zlib.createInflate(), constants.Z_SYNC_FLUSH)
    case 'brotli':
      return new NodeTransform(zlib.createBrotliDecompress(), constants.BROTLI_OPERATION_FLUSH)
    case 'zstd':
      return new NodeTransform(zlib.createZstdDecompress(), constants.ZSTD_e_flush)
  }
}

import { describe, expect, test } from 'vitest'
import zlib from 'node:zlib'
import { nodeCompressor, nodeDecompressor } from './node-compression.ts'

const KINDS = ['gzip', 'brotli', 'zstd'] as const
const inflate = { gzip: zlib.gunzipSync, brotli: zlib.brotliDecompressSync, zstd: zlib.zstdDecompressSync }
const deflate = { gzip: zlib.gzipSync, brotli: zlib.brotliCompressSync, zstd: zlib.zstdCompressSync }
const bytes = (text: string): Buffer => Buffer.from(text)

describe.each(KINDS)('%s', (kind) => {
  test('compresses what its own library reads', async () => {
    const transform = nodeCompressor({ kind })!
    const parts = [await transform.transform(bytes('hello '), 'none'), await transform.transform(bytes('world'), 'end')]
    expect(inflate[kind](Buffer.concat(parts)).toString()).toBe('hello world')
    transform.close()
  })

  test('gives out with a flush all that it took, so that the other side can read it', async () => {
    const transform = nodeCompressor({ kind })!
    const reader = nodeDecompressor({ kind, maxRatio: 100 })!
    for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
      const out = await transform.transform(bytes(event), 'flush')
      expect(Buffer.from(await reader.transform(out, 'flush')).toString()).toBe(event)
    }
    transform.close()
    reader.close()
  })

  test('decompresses byte by byte', async () => {
    const reader = nodeDecompressor({ kind, maxRatio: 100 })!
    const whole = deflate[kind](bytes('hello world'))
    const parts: Uint8Array[] = []
    for (const byte of whole) parts.push(await reader.transform(Uint8Array.of(byte), 'flush'))
    parts.push(await reader.transform(new Uint8Array(0), 'end'))
    expect(Buffer.concat(parts).toString()).toBe('hello world')
    reader.close()
  })

  test('stops a bomb while it grows', async () => {
    const reader = nodeDecompressor({ kind, maxRatio: 100, chunkBytes: 4096 })!
    const bomb = deflate[kind](Buffer.alloc(16 << 20))
    const before = process.memoryUsage().arrayBuffers
    await expect(reader.transform(bomb, 'end')).rejects.toMatchObject({ code: 'ERR_NUNCIO_INFLATE_RATIO' })
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 << 20)
    await expect(reader.transform(bytes('more'), 'end')).rejects.toMatchObject({ code: 'ERR_NUNCIO_INFLATE_RATIO' })
    reader.close()
  })

  test('refuses what is no such data, and what breaks off', async () => {
    const corrupt = nodeDecompressor({ kind, maxRatio: 100 })!
    await expect(corrupt.transform(bytes('this is not compressed at all'), 'end')).rejects.toBeInstanceOf(Error)
    const cut = nodeDecompressor({ kind, maxRatio: 100 })!
    await expect(cut.transform(deflate[kind](bytes('hello world')).subarray(0, 12), 'end')).rejects.toBeInstanceOf(
      Error,
    )
    corrupt.close()
    cut.close()
  })
})

test('a zstd dictionary is used on both sides', async () => {
  const dictionary = bytes('the words that always come again, the words that always come again')
  const transform = nodeCompressor({ kind: 'zstd', dictionary })!
  const out = await transform.transform(bytes('the words that always come again'), 'end')
  expect(out.length).toBeLessThan(zlib.zstdCompressSync(bytes('the words that always come again')).length)
  const reader = nodeDecompressor({ kind: 'zstd', maxRatio: 100, dictionary })!
  expect(Buffer.from(await reader.transform(out, 'end')).toString()).toBe('the words that always come again')
})

test('settings that do not go together throw', () => {
  expect(() => nodeCompressor({ kind: 'gzip', windowBits: 99 })).toThrow('windowBits')
})

import {
  FilterBench,
  type Pairs,
  type RunOptions,
  type Transcript,
  type UpstreamAnswer,
} from '@nuncio/filter-chain/testing'
import { describe, expect, test } from 'vitest'
import { type FakeCompression, fakeCompression } from '../compression/testing/fake-compression.ts'
import { decompressor } from './index.ts'

const library = (type: string): string =>
  `decompressor_library: { name: lib, typed_config: { "@type": type.googleapis.com/envoy.extensions.compression.${type} } }\n`
const GZIP = library('gzip.decompressor.v3.Gzip')

function bench(more = '', options: RunOptions = {}, fake: FakeCompression = fakeCompression()): FilterBench {
  return new FilterBench(decompressor, { config: GZIP + more, platform: fake.platform, ...options })
}

const zipped = (body: UpstreamAnswer['body'] = '[hello]!', headers: Pairs = []): UpstreamAnswer => ({
  headers: [['content-encoding', 'gzip'], ['content-length', '8'], ...headers],
  body,
})
const run = (upstream: UpstreamAnswer = zipped(), more = ''): Promise<Transcript> => bench(more, { upstream }).run()
const post = (
  body: string | string[],
  headers: Pairs = [['content-encoding', 'gzip']],
  trailers?: Pairs,
): RunOptions['request'] => ({
  method: 'POST',
  headers,
  body,
  ...(trailers !== undefined && { trailers }),
})
const count = (t: Transcript, name: string): number => t.stats.counter(`http.test.decompressor.lib.gzip.${name}`).value
const SIZES: Pairs = [
  ['x-envoy-decompressor-lib-compressed-bytes', '8'],
  ['x-envoy-decompressor-lib-uncompressed-bytes', '5'],
]

describe('a response', () => {
  test('is decompressed, and its trailers tell of its sizes', async () => {
    const t = await run()
    expect([t.body, t.header('content-encoding'), t.header('content-length'), t.trailers]).toEqual([
      'hello',
      undefined,
      undefined,
      SIZES,
    ])
    const names = ['decompressed', 'not_decompressed', 'total_compressed_bytes', 'total_uncompressed_bytes']
    expect(names.map((name) => count(t, `response.${name}`))).toEqual([1, 0, 8, 5])
  })
  test('keeps its own trailers', async () => {
    const t = await run({ ...zipped(), trailers: [['grpc-status', '0']] })
    expect([t.body, t.trailers]).toEqual(['hello', [['grpc-status', '0'], ...SIZES]])
  })
  test('comes out chunk by chunk', async () => {
    const t = await run(zipped(['[hel', 'lo]', '!']))
    expect([t.body, t.trailers]).toEqual(['hello', SIZES])
  })
  test.each([
    ['gzip, br', 'br'],
    ['GZIP', undefined],
    [' gzip ', undefined],
  ])('encoded as %j is left encoded as %j', async (before, after) => {
    const t = await run({ headers: [['content-encoding', before]], body: '[hello]!' })
    expect([t.body, t.header('content-encoding')]).toEqual(['hello', after])
  })
  test.each<[string, Pairs]>([
    ['not encoded', []],
    ['encoded otherwise', [['content-encoding', 'br']]],
    ['encoded otherwise at last', [['content-encoding', 'br, gzip']]],
    [
      'not to be transformed',
      [
        ['content-encoding', 'gzip'],
        ['cache-control', 'no-transform'],
      ],
    ],
  ])('that is %s goes through as it is', async (_, headers) => {
    const t = await run({ headers, body: '[hello]!' })
    expect([t.body, t.trailers, count(t, 'response.not_decompressed')]).toEqual(['[hello]!', undefined, 1])
  })
  test('is decompressed in spite of no-transform where that is to be ignored', async () => {
    const more = 'response_direction_config: { common_config: { ignore_no_transform_header: true } }'
    expect((await run(zipped(undefined, [['cache-control', 'no-transform']]), more)).body).toBe('hello')
  })
  test('to HEAD keeps its headers', async () => {
    const t = await bench('', { upstream: { ...zipped(), body: '' } }).run({ method: 'HEAD' })
    expect([t.header('content-encoding'), t.header('content-length')]).toEqual(['gzip', '8'])
  })
  test.each([
    ['corrupt', '#', 'decompression_failed'],
    ['broken off', '[hel', 'decompression_failed'],
    ['a bomb', '*', 'decompression_ratio_exceeded'],
  ])('that is %s breaks the stream, and is counted', async (_, body, details) => {
    const t = await run(zipped(body))
    expect([t.reset, t.info.details, count(t, 'decompressor_library.zlib_data_error')]).toEqual([
      'local reset',
      details,
      1,
    ])
  })
})

describe('a request', () => {
  test('is decompressed for the upstream', async () => {
    const t = await bench().run(post('[hello]!'))
    expect(t.upstream).toMatchObject({ body: 'hello', trailers: SIZES })
    expect(t.upstream!.headers).toEqual([['accept-encoding', 'gzip']])
    expect(count(t, 'request.decompressed')).toBe(1)
  })
  test('with trailers ends before them', async () => {
    const t = await bench().run(post(['[hello]', '!'], undefined, [['t', '1']]))
    expect(t.upstream).toMatchObject({ body: 'hello', trailers: [['t', '1'], ...SIZES] })
  })
  test.each([
    ['corrupt', '#', 400, 'decompression_failed'],
    ['broken off', '[hel', 400, 'decompression_failed'],
    ['a bomb', '*', 413, 'decompression_ratio_exceeded'],
  ])('that is %s is refused', async (_, body, status, details) => {
    const t = await bench().run(post(body))
    expect([t.status, t.info.details]).toEqual([status, details])
  })
  test('without a body is not counted', async () => {
    const t = await bench().run()
    expect([count(t, 'request.decompressed'), count(t, 'request.not_decompressed')]).toEqual([0, 0])
  })
  test('can be left as it is', async () => {
    const t = await bench(
      'request_direction_config: { common_config: { enabled: { default_value: false, runtime_key: k } } }',
    ).run(post('[hello]!'))
    expect(t.upstream!.body).toBe('[hello]!')
  })
})

describe('accept-encoding', () => {
  const sent = async (more: string, headers: Pairs = []): Promise<string | undefined> =>
    (await bench(more).run({ headers })).upstream!.headers.find(([name]) => name === 'accept-encoding')?.[1]
  test('tells the upstream what can be decompressed', async () => {
    expect(await sent('')).toBe('gzip')
    expect(await sent('', [['accept-encoding', 'br']])).toBe('br,gzip')
    expect(await sent('', [['accept-encoding', 'gzip;q=0.5, br ,, x']])).toBe('br,x,gzip')
  })
  test.each([
    'request_direction_config: { advertise_accept_encoding: false }',
    'response_direction_config: { common_config: { enabled: { default_value: false, runtime_key: k } } }',
  ])('is left alone with %s', async (more) => {
    expect(await sent(more)).toBeUndefined()
  })
})

test.each([
  [GZIP, { kind: 'gzip', maxRatio: 100, windowBits: 15, chunkBytes: 4096 }],
  [
    library('gzip.decompressor.v3.Gzip, max_inflate_ratio: 7, window_bits: 10, chunk_size: 8192'),
    { maxRatio: 7, windowBits: 10, chunkBytes: 8192 },
  ],
  [
    library('brotli.decompressor.v3.Brotli, disable_ring_buffer_reallocation: true'),
    { kind: 'brotli', maxRatio: 100, wholeRingBuffer: true },
  ],
  [
    library('zstd.decompressor.v3.Zstd, dictionaries: [{ inline_string: d }]'),
    { kind: 'zstd', maxRatio: 100, dictionary: new Uint8Array([100]) },
  ],
])('the library %s has %j', (config, settings) => {
  const fake = fakeCompression()
  expect(new FilterBench(decompressor, { config, platform: fake.platform }).problems).toEqual([])
  expect(fake.made[0]).toMatchObject(settings)
})

test('several dictionaries are refused', () => {
  const config = library('zstd.decompressor.v3.Zstd, dictionaries: [{ inline_string: d }, { inline_string: e }]')
  const { problems } = new FilterBench(decompressor, { config, platform: fakeCompression().platform })
  expect(problems).toEqual(['one dictionary can be used'])
})

test('what was made for a stream is closed when the stream is over', async () => {
  const fake = fakeCompression()
  await bench('', { upstream: zipped() }, fake).run(post('[hello]!'))
  await bench('', { upstream: zipped('#') }, fake).run(post('#'))
  expect(fake.open.size).toBe(0)
})

import { localReply } from '@nuncio/filter-chain'
import {
  FilterBench,
  type Pairs,
  type RunOptions,
  type Transcript,
  type UpstreamAnswer,
} from '@nuncio/filter-chain/testing'
import { FakeRuntime } from '@nuncio/core/testing'
import { describe, expect, test } from 'vitest'
import { type FakeCompression, fakeCompression } from '../compression/testing/fake-compression.ts'
import { compressor } from './index.ts'

const GZIP = `compressor_library: { name: text, typed_config: { "@type": type.googleapis.com/envoy.extensions.compression.gzip.compressor.v3.Gzip } }`
const PER_ROUTE = '"@type": type.googleapis.com/envoy.extensions.filters.http.compressor.v3.CompressorPerRoute\n'
const LONG = 'x'.repeat(30)
const OUT = `[${LONG}]!`

interface Setup extends RunOptions {
  readonly more?: string
}

function bench(setup: Setup = {}, fake: FakeCompression = fakeCompression()): FilterBench {
  const { more = 'response_direction_config: {}', ...options } = setup
  const config = `${GZIP}\n${more}`
  return new FilterBench(compressor, { config, platform: fake.platform, ...options })
}

const answer = (headers: Pairs = [], body: UpstreamAnswer['body'] = LONG, status = 200): UpstreamAnswer => ({
  status,
  headers: [['content-type', 'text/plain'], ['content-length', String(LONG.length)], ...headers],
  body,
})
const accepting = (accept = 'gzip'): RunOptions['request'] => ({ headers: [['accept-encoding', accept]] })
const run = (upstream: UpstreamAnswer = answer(), setup: Setup = {}, request = accepting()): Promise<Transcript> =>
  bench({ upstream, ...setup }).run(request)
const count = (t: Transcript, name: string): number => t.stats.counter(`http.test.compressor.text.gzip.${name}`).value
const seen = (t: Transcript): unknown[] => [
  t.header('content-encoding'),
  t.header('vary'),
  t.header('content-length'),
  t.body,
]

describe('a response', () => {
  test('is compressed for a client that accepts it', async () => {
    const t = await run()
    expect(seen(t)).toEqual(['gzip', 'Accept-Encoding', undefined, OUT])
    expect(['response.compressed', 'header_compressor_used'].map((name) => count(t, name))).toEqual([1, 1])
    expect(count(t, 'response.total_uncompressed_bytes')).toBe(30)
    expect(count(t, 'response.total_compressed_bytes')).toBe(OUT.length)
  })

  test('is flushed with every chunk, so that no event waits for the next', async () => {
    const t = await run(answer([], ['one', 'two', 'three']))
    expect(t.body).toBe('[one][two][three]!')
  })

  test('to a request that it never saw varies, but is not compressed', async () => {
    const refusing = { onRequestHeaders: () => localReply(400, 'no', { body: LONG }) }
    expect(seen(await run(answer(), { before: [refusing] }))).toEqual([undefined, 'Accept-Encoding', '30', LONG])
  })

  test('ends before its trailers', async () => {
    const t = await run({ ...answer(), trailers: [['x-checksum', '1']] })
    expect([t.body, t.trailers]).toEqual([OUT, [['x-checksum', '1']]])
  })

  test('of unknown length is long enough', async () => {
    const t = await run({ headers: [['content-type', 'text/plain']], body: 'short' })
    expect(t.body).toBe('[short]!')
  })

  const typed = (type: string): UpstreamAnswer => ({ headers: [['content-type', type]], body: LONG })
  test.each<[string, UpstreamAnswer]>([
    [
      'short',
      {
        headers: [
          ['content-type', 'text/plain'],
          ['content-length', '29'],
        ],
        body: 'x'.repeat(29),
      },
    ],
    ['with a content-length that is no number', { headers: [['content-length', 'long']], body: LONG }],
    ['an image', typed('image/png')],
    ['an event stream, unless asked for', typed('text/event-stream')],
    ['encoded already', answer([['content-encoding', 'br']])],
    ['not to be transformed', answer([['cache-control', 'public, No-Transform']])],
  ])('that is %s goes through as it is, without vary', async (_, upstream) => {
    const t = await run(upstream)
    expect([t.header('content-encoding'), t.header('vary')]).toEqual([
      upstream.headers!.find(([name]) => name === 'content-encoding')?.[1],
      undefined,
    ])
    expect(t.body).not.toContain('!')
    expect(count(t, 'response.not_compressed')).toBe(1)
  })

  test.each(['Application/JSON;charset=x', 'text/plain ;x', 'image/svg+xml'])(
    'of type %j is compressed',
    async (type) => {
      expect((await run(typed(type))).header('content-encoding')).toBe('gzip')
    },
  )

  test('without a type is compressed', async () => {
    expect((await run({ body: LONG })).header('content-encoding')).toBe('gzip')
  })

  test.each(['', 'image/png', 'br', 'identity', 'gzip;q=0', 'GZIP'])(
    'to a client that accepts %j goes through, and says that it depends on that',
    async (accept) => {
      const t = await run(answer(), {}, accept === '' ? {} : accepting(accept))
      expect(seen(t)).toEqual([undefined, 'Accept-Encoding', '30', LONG])
    },
  )

  test('to HEAD keeps its length, and says that it depends on accept-encoding', async () => {
    const t = await bench({ upstream: { ...answer(), body: '' } }).run({ method: 'HEAD', ...accepting() })
    expect([t.header('content-length'), t.header('vary'), t.header('content-encoding')]).toEqual([
      '30',
      'Accept-Encoding',
      undefined,
    ])
  })

  test.each([204, 304])('with status %i and no body is left alone', async (status) => {
    const t = await run({ status })
    expect([t.status, t.header('content-encoding')]).toEqual([status, undefined])
  })

  test.each([
    ['"strong"', undefined],
    ['W/"weak"', 'W/"weak"'],
    ['w/"weak"', 'w/"weak"'],
  ])('with the etag %s keeps %s when it is compressed', async (etag, kept) => {
    const t = await run(answer([['etag', etag]]))
    expect([t.header('etag'), t.header('content-encoding')]).toEqual([kept, 'gzip'])
  })

  test('keeps the etag and its body with disable_on_etag_header', async () => {
    const t = await run(answer([['etag', '"x"']]), {
      more: 'response_direction_config: { disable_on_etag_header: true }',
    })
    expect([t.header('etag'), t.header('content-encoding'), count(t, 'not_compressed_etag')]).toEqual([
      '"x"',
      undefined,
      1,
    ])
  })

  test.each([
    ['Origin', 'Origin, Accept-Encoding'],
    ['accept-encoding', 'accept-encoding'],
  ])('with vary %s says %s', async (before, after) => {
    expect((await run(answer([['vary', before]]))).header('vary')).toBe(after)
  })

  test('with an uncompressible status goes through', async () => {
    const more = 'response_direction_config: { uncompressible_response_codes: [206] }'
    expect((await run(answer([], LONG, 206), { more })).header('content-encoding')).toBeUndefined()
    expect((await run(answer([], LONG, 200), { more })).header('content-encoding')).toBe('gzip')
  })
})

describe('configuration', () => {
  test('the types and the least length can be chosen', async () => {
    const more =
      'response_direction_config: { common_config: { min_content_length: 5, content_type: [Text/Event-Stream] } }'
    const events: UpstreamAnswer = {
      headers: [
        ['content-type', 'text/event-stream'],
        ['content-length', '5'],
      ],
      body: 'data:',
    }
    expect((await run(events, { more })).body).toBe('[data:]!')
    expect((await run(answer(), { more })).body).toBe(LONG)
  })

  test('the old fields count without response_direction_config, and so do the old statistics', async () => {
    const more = 'content_length: 31\ndisable_on_etag_header: true'
    const t = await run(answer(), { more })
    expect([t.header('content-encoding'), count(t, 'content_length_too_small'), count(t, 'not_compressed')]).toEqual([
      undefined,
      1,
      1,
    ])
  })

  test('a runtime key switches a direction off and on', async () => {
    const more =
      'response_direction_config: { common_config: { enabled: { default_value: false, runtime_key: enabled } } }'
    expect((await run(answer(), { more })).body).toBe(LONG)
    expect((await run(answer(), { more, runtime: new FakeRuntime({ enabled: true }) })).body).toBe(OUT)
  })

  test('accept-encoding can be kept from the upstream', async () => {
    const more = 'response_direction_config: { remove_accept_encoding_header: true }'
    const t = await run(answer(), { more })
    expect([t.upstream!.headers.some(([name]) => name === 'accept-encoding'), t.body]).toEqual([false, OUT])
  })

  test.each<[string, UpstreamAnswer, string | undefined]>([
    ['compressed', answer(), 'gzip;Compressed;OriginalLength=30'],
    ['of unknown length', { body: LONG }, 'gzip;Compressed;OriginalLength='],
    ['short', { headers: [['content-length', '3']], body: 'abc' }, 'gzip;ContentLengthTooSmall'],
    ['an image', typedAnswer('image/png'), 'gzip;ContentTypeNotAllowed'],
    ['of status 206', answer([], LONG, 206), 'gzip;StatusCodeNotAllowed'],
    [
      'marked by another',
      answer([['x-envoy-compression-status', 'br;ContentTypeNotAllowed']]),
      'br;ContentTypeNotAllowed,gzip;Compressed;OriginalLength=30',
    ],
    ['encoded already', answer([['content-encoding', 'br']]), undefined],
    ['with an etag', answer([['etag', '"x"']]), 'gzip;EtagNotAllowed'],
  ])('a response that is %s says so with status_header_enabled', async (_, upstream, status) => {
    const more =
      'response_direction_config: { status_header_enabled: true, uncompressible_response_codes: [206], disable_on_etag_header: true }'
    expect((await run(upstream, { more })).header('x-envoy-compression-status')).toBe(status)
  })

  test('gzip has the defaults of Envoy', () => {
    const fake = fakeCompression()
    bench({}, fake)
    expect(fake.made).toEqual([
      { kind: 'gzip', level: undefined, strategy: undefined, windowBits: 12, memoryLevel: 5, chunkBytes: 4096 },
    ])
    expect(fake.open.size).toBe(0)
  })

  test.each([
    [
      'gzip.compressor.v3.Gzip, compression_level: COMPRESSION_LEVEL_7, compression_strategy: RLE, window_bits: 9, memory_level: 9, chunk_size: 8192',
      { kind: 'gzip', level: 7, strategy: 'RLE', windowBits: 9, memoryLevel: 9, chunkBytes: 8192 },
    ],
    ['gzip.compressor.v3.Gzip, compression_level: BEST_COMPRESSION', { level: 9 }],
    ['gzip.compressor.v3.Gzip, compression_level: BEST_SPEED', { level: 1 }],
    [
      'brotli.compressor.v3.Brotli',
      { kind: 'brotli', quality: 3, mode: undefined, windowBits: 18, blockBits: 24, literalContextModeling: true },
    ],
    [
      'brotli.compressor.v3.Brotli, quality: 11, encoder_mode: TEXT, window_bits: 10, input_block_bits: 16, disable_literal_context_modeling: true',
      { quality: 11, mode: 'TEXT', windowBits: 10, blockBits: 16, literalContextModeling: false },
    ],
    [
      'zstd.compressor.v3.Zstd',
      { kind: 'zstd', level: 3, strategy: undefined, checksum: false, dictionary: undefined },
    ],
    [
      'zstd.compressor.v3.Zstd, compression_level: 19, enable_checksum: true, strategy: BTULTRA2, dictionary: { inline_string: words }',
      { level: 19, strategy: 9, checksum: true, dictionary: new TextEncoder().encode('words') },
    ],
  ])('the library %s has %j', (library, settings) => {
    const fake = fakeCompression()
    const config = `compressor_library: { name: l, typed_config: { "@type": type.googleapis.com/envoy.extensions.compression.${library} } }`
    expect(new FilterBench(compressor, { config, platform: fake.platform }).problems).toEqual([])
    expect(fake.made[0]).toMatchObject(settings)
  })

  test('a library that the platform lacks, or that refuses its settings, is a problem', () => {
    const lacking = bench({}, fakeCompression({ compressor: () => undefined }))
    expect(lacking.problems).toEqual(['the gzip library refuses its settings: there is no gzip here'])
    const throwing = fakeCompression({ compressor: () => { throw new RangeError('windowBits') } }) // prettier-ignore
    expect(bench({}, throwing).problems).toEqual(['the gzip library refuses its settings: windowBits'])
  })
})

describe('a route', () => {
  const routed = (route: string, more?: string): Promise<Transcript> =>
    run(answer(), { routeConfigs: [PER_ROUTE + route], ...(more !== undefined && { more }) })
  const OFF = 'response_direction_config: { common_config: { enabled: { default_value: false, runtime_key: k } } }'

  test('switches compression off', async () => {
    expect(seen(await routed('disabled: true'))).toEqual([undefined, undefined, '30', LONG])
  })
  test('switches it off for an answer that comes before the request, too', async () => {
    const refusing = { onRequestHeaders: () => localReply(400, 'no', { body: LONG }) }
    const t = await run(answer(), { before: [refusing], routeConfigs: [`${PER_ROUTE}disabled: true`] })
    expect(seen(t)).toEqual([undefined, undefined, '30', LONG])
  })
  test('switches it on', async () => {
    expect((await routed('overrides: { response_direction_config: {} }', OFF)).body).toBe(OUT)
  })
  test('keeps accept-encoding from the upstream, or lets it through', async () => {
    const route = (remove: boolean): string =>
      `overrides: { response_direction_config: { remove_accept_encoding_header: ${remove} } }`
    expect((await routed(route(true))).upstream!.headers).toEqual([])
    const t = await routed(route(false), 'response_direction_config: { remove_accept_encoding_header: true }')
    expect(t.upstream!.headers).toEqual([['accept-encoding', 'gzip']])
  })
  test('has a library of its own', async () => {
    const route =
      'overrides: { compressor_library: { name: b, typed_config: { "@type": type.googleapis.com/envoy.extensions.compression.brotli.compressor.v3.Brotli } } }'
    const t = await run(answer(), { routeConfigs: [PER_ROUTE + route] }, accepting('br'))
    expect(t.header('content-encoding')).toBe('br')
  })
})

describe('a request', () => {
  const REQUEST = 'request_direction_config: {}'
  const post = (headers: Pairs, body: string | string[] = LONG, trailers?: Pairs): RunOptions['request'] => ({
    method: 'POST',
    headers,
    body,
    ...(trailers !== undefined && { trailers }),
  })
  const TEXT: Pairs = [['content-type', 'text/plain'], ['content-length', '30']] // prettier-ignore

  test('is not compressed unless asked for', async () => {
    const t = await run({}, {}, post(TEXT))
    expect([t.upstream!.body, count(t, 'request.not_compressed')]).toEqual([LONG, 1])
  })
  test('is compressed for the upstream', async () => {
    const t = await run({}, { more: REQUEST }, post(TEXT))
    expect([t.upstream!.body, t.upstream!.headers]).toEqual([
      OUT,
      [
        ['content-type', 'text/plain'],
        ['content-encoding', 'gzip'],
      ],
    ])
    expect(['request.compressed', 'request.total_uncompressed_bytes'].map((name) => count(t, name))).toEqual([1, 30])
  })
  test('is compressed chunk by chunk, and ends before its trailers', async () => {
    const t = await run({}, { more: REQUEST }, post([['content-type', 'text/plain']], ['a', 'b'], [['t', '1']]))
    expect([t.upstream!.body, t.upstream!.trailers]).toEqual(['[a][b]!', [['t', '1']]])
  })
  test.each<[string, Pairs]>([
    ['short', [['content-length', '2']]],
    ['an image', [['content-type', 'image/png']]],
    ['encoded already', [['content-encoding', 'br']]],
  ])('that is %s goes through', async (_, headers) => {
    const t = await run({}, { more: REQUEST }, post(headers))
    expect(t.upstream!.body).toBe(LONG)
  })
})

test('two compressors agree: the client’s first wish wins, and the other leaves the response alone', async () => {
  const fake = fakeCompression()
  const gzip = bench({}, fake)
  const config =
    'compressor_library: { name: b, typed_config: { "@type": type.googleapis.com/envoy.extensions.compression.brotli.compressor.v3.Brotli } }'
  const both = new FilterBench(compressor, {
    config,
    platform: fake.platform,
    upstream: answer(),
    before: [gzip.filter()],
  })
  const t = await both.run(accepting('gzip, br'))
  expect(t.errors).toEqual([])
  expect([t.header('content-encoding'), t.header('vary'), t.body]).toEqual(['gzip', 'Accept-Encoding', OUT])
  expect(t.stats.counter('http.test.compressor.b.brotli.header_compressor_overshadowed').value).toBe(1)
})

test('what was made for a stream is closed when the stream is over, however it ends', async () => {
  const fake = fakeCompression()
  const b = bench({ upstream: answer() }, fake)
  await b.run(accepting())
  expect(fake.open.size).toBe(0)
})

function typedAnswer(type: string): UpstreamAnswer {
  return { headers: [['content-type', type]], body: LONG }
}

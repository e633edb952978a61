import { FilterBench, type RunOptions, type UpstreamAnswer } from '@nuncio/filter-chain/testing'
import { describe, expect, test } from 'vitest'
import { bandwidthLimit } from './index.ts'
import { Meter } from './meter.ts'

const KIB = 1024

describe('a meter of 100 KiB a second in steps of 100 ms', () => {
  const meter = (): Meter => new Meter(100, 100, 0)
  test('lets a saved second go at once, and then what comes in its time', () => {
    const m = meter()
    expect([m.take(50 * KIB, 0), m.take(50 * KIB, 0), m.take(10 * KIB, 0), m.take(1, 0)]).toEqual([0, 0, 100, 200])
  })
  test('saves no more than a second', () => {
    const m = meter()
    m.take(100 * KIB, 0)
    expect([m.take(100 * KIB, 60_000), m.take(50 * KIB, 60_000)]).toEqual([60_000, 60_500])
  })
  test('lets nothing go between two steps', () => {
    const m = meter()
    m.take(100 * KIB, 0)
    expect(m.take(1, 7)).toBe(7)
    expect(m.take(5 * KIB, 7)).toBe(107)
  })
})

const CONFIG = 'stat_prefix: bw\nlimit_kbps: 10\nfill_interval: 0.1s\n'
const bench = (mode: string, options: RunOptions = {}): FilterBench =>
  new FilterBench(bandwidthLimit, { config: `${CONFIG}enable_mode: ${mode}\n`, ...options })
const ten = (bytes = 10 * KIB): UpstreamAnswer => ({ body: 'x'.repeat(bytes) })
const post: RunOptions['request'] = { method: 'POST', body: ['a'.repeat(10 * KIB), 'b'.repeat(5 * KIB)] }
const took = async (b: FilterBench, request?: RunOptions['request']): Promise<number> => {
  const before = b.time.monotonicMs()
  const t = await b.run(request)
  expect([t.status, t.errors]).toEqual([200, []])
  // Waits end a tick of the wheel later.
  return Math.round((t.info.endMs - before) / 100) * 100
}

describe('envoy.filters.http.bandwidth_limit', () => {
  test('slows responses down that need more than was saved', async () => {
    const b = bench('RESPONSE', { upstream: ten() })
    expect([await took(b), await took(b)]).toEqual([0, 1000])
  })
  test('shares its bandwidth between streams', async () => {
    const b = bench('RESPONSE', { upstream: ten() })
    const [first, second, third] = [b.open(), b.open(), b.open()]
    await b.time.advanceAsync(1100)
    expect([first, second, third].map(({ encoder }) => encoder.ended)).toEqual([true, true, false])
    await b.time.advanceAsync(1000)
    expect(third.encoder.ended).toBe(true)
  })
  test('slows requests down', async () => {
    expect(await took(bench('REQUEST'), post)).toBe(500)
  })
  test.each([
    ['DISABLED', 0],
    ['RESPONSE', 0],
    ['REQUEST_AND_RESPONSE', 500],
  ])('in mode %s a request takes %i ms', async (mode, ms) => {
    expect(await took(bench(mode), post)).toBe(ms)
  })
  test('can be switched off by the runtime', async () => {
    const b = new FilterBench(bandwidthLimit, {
      config: `${CONFIG}enable_mode: REQUEST\nruntime_enabled: { default_value: false, runtime_key: k }`,
    })
    expect(await took(b, post)).toBe(0)
  })
  test('of a route has a bandwidth of its own', async () => {
    const route = `${CONFIG.replace('limit_kbps: 10', 'limit_kbps: 5')}enable_mode: REQUEST`
    const b = bench('DISABLED', { routeConfigs: [route] })
    expect(await took(b, post)).toBe(2000)
  })
  test('tells in trailers how long bodies took and waited, when they did', async () => {
    const config = `${CONFIG}enable_mode: REQUEST_AND_RESPONSE\nenable_response_trailers: true\nresponse_trailer_prefix: Test`
    const b = new FilterBench(bandwidthLimit, { config, upstream: ten(5 * KIB) })
    expect((await b.run()).trailers).toBeUndefined()
    expect((await b.run(post)).trailers).toEqual([
      ['test-bandwidth-request-delay-ms', '500'],
      ['test-bandwidth-request-filter-delay-ms', '500'],
    ])
    const more = new FilterBench(bandwidthLimit, {
      config,
      upstream: { ...ten(20 * KIB), trailers: [['grpc-status', '0']] },
    })
    expect((await more.run()).trailers).toEqual([
      ['grpc-status', '0'],
      ['test-bandwidth-response-delay-ms', '1000'],
      ['test-bandwidth-response-filter-delay-ms', '1000'],
    ])
  })
  test('counts', async () => {
    const b = bench('REQUEST')
    await b.run(post)
    const of = (name: string): number => b.stats.counter(`bw.http_bandwidth_limit.request_${name}`).value
    expect(['enabled', 'enforced', 'incoming_total_size', 'allowed_total_size'].map(of)).toEqual([
      1,
      1,
      15 * KIB,
      15 * KIB,
    ])
    expect(b.stats.gauge('bw.http_bandwidth_limit.request_pending').value).toBe(0)
  })
  test('lets go of a stream whose client leaves while it waits', async () => {
    const b = bench('RESPONSE', { upstream: ten(30 * KIB) })
    const open = b.open()
    await b.time.advanceAsync(100)
    expect(b.stats.gauge('bw.http_bandwidth_limit.response_pending').value).toBe(1)
    open.stream.downstreamReset(0, 'gone')
    expect(b.stats.gauge('bw.http_bandwidth_limit.response_pending').value).toBe(0)
  })
  test('needs a limit', () => {
    const config = 'stat_prefix: bw\nenable_mode: REQUEST'
    expect(new FilterBench(bandwidthLimit, { config }).problems).toEqual(['a bandwidth limit needs limit_kbps'])
  })
})

import { FilterBench, type RunOptions, type Transcript } from '@nuncio/filter-chain/testing'
import { describe, expect, test } from 'vitest'
import { localRateLimit } from './index.ts'

const ALL = '{ default_value: { numerator: 100 } }'
const CONFIG = `
stat_prefix: limiter
token_bucket: { max_tokens: 2, tokens_per_fill: 1, fill_interval: 3s }
filter_enabled: ${ALL}
filter_enforced: ${ALL}
`
const bench = (more = '', options: RunOptions = {}): FilterBench =>
  new FilterBench(localRateLimit, { config: CONFIG + more, ...options })
const spent = async (b: FilterBench, request?: RunOptions['request']): Promise<Transcript> => {
  await b.run(request)
  await b.run(request)
  return await b.run(request)
}
const counts = (b: FilterBench): number[] =>
  ['enabled', 'ok', 'rate_limited', 'enforced'].map(
    (name) => b.stats.counter(`limiter.http_local_rate_limit.${name}`).value,
  )

describe('envoy.filters.http.local_ratelimit', () => {
  test('refuses what comes when the tokens are spent', async () => {
    const b = bench()
    const t = await spent(b)
    expect([t.status, t.body, t.upstream, t.info.flagsText, t.info.details]).toEqual([
      429,
      'local_rate_limited',
      undefined,
      'RL',
      'local_rate_limited',
    ])
    expect(counts(b)).toEqual([3, 2, 1, 1])
  })

  test('lets requests through again as tokens come back', async () => {
    const b = bench()
    await spent(b)
    await b.time.advanceAsync(2999)
    expect((await b.run()).status).toBe(429)
    await b.time.advanceAsync(1)
    expect([(await b.run()).status, (await b.run()).status]).toEqual([200, 429])
  })

  test('only marks requests when it does not enforce', async () => {
    const config = `
stat_prefix: limiter
token_bucket: { max_tokens: 2, fill_interval: 3s }
filter_enabled: ${ALL}
request_headers_to_add_when_not_enforced: [{ header: { key: x-limited, value: 'by %REQ(:path)%' } }]
`
    const b = new FilterBench(localRateLimit, { config })
    const t = await spent(b, { path: '/p' })
    expect(t.upstream?.headers).toContainEqual(['x-limited', 'by /p'])
    expect(counts(b)).toEqual([3, 2, 1, 0])
  })

  test('does nothing unless it is enabled', async () => {
    const b = new FilterBench(localRateLimit, {
      config: 'stat_prefix: limiter\ntoken_bucket: { max_tokens: 1, fill_interval: 3s }',
    })
    expect([(await spent(b)).status, counts(b)]).toEqual([200, [0, 0, 0, 0]])
  })

  test('answers with the status and the headers of its configuration', async () => {
    const more = `
status: { code: ServiceUnavailable }
response_headers_to_add: [{ header: { key: x-why, value: '%REQ(:path)%' } }]
enable_retry_after_header: true
`
    const t = await spent(bench(more), { path: '/p' })
    expect([t.status, t.header('x-why'), t.header('retry-after')]).toEqual([503, '/p', '3'])
    expect((await spent(bench('status: { code: OK }'))).status).toBe(429)
  })

  test('tells what is left, when it is asked to', async () => {
    const b = bench('enable_x_ratelimit_headers: DRAFT_VERSION_03')
    const told = (t: Transcript): (string | undefined)[] =>
      ['limit', 'remaining', 'reset'].map((name) => t.header(`x-ratelimit-${name}`))
    expect(told(await b.run())).toEqual(['2', '1', '0'])
    expect(told(await b.run())).toEqual(['2', '0', '3'])
    expect(told(await b.run())).toEqual(['2', '0', '3'])
  })

  test.each([
    [false, '14'],
    [true, '8'],
  ])('with rate_limited_as_resource_exhausted %s gRPC requests get status %s', async (exhausted, status) => {
    const b = bench(`rate_limited_as_resource_exhausted: ${exhausted}`)
    const t = await spent(b, { headers: [['content-type', 'application/grpc']] })
    expect([t.status, t.header('grpc-status')]).toEqual([200, status])
  })

  test('counts each connection for itself, when it is asked to', async () => {
    // Each run of a bench is a connection of its own.
    expect((await spent(bench('local_rate_limit_per_downstream_connection: true'))).status).toBe(200)
  })

  test('gives a route its own tokens', async () => {
    const b = bench('', { routeConfigs: [CONFIG.replace('max_tokens: 2', 'max_tokens: 3')] })
    expect([(await spent(b)).status, (await b.run()).status]).toEqual([200, 429])
  })

  test('refuses buckets that fill too often, and routes without a bucket', async () => {
    const often = new FilterBench(localRateLimit, { config: CONFIG.replace('3s', '0.01s') })
    expect(often.problems).toEqual(['a token bucket fills at most every 50 ms'])
    const none = bench('', { routeConfigs: ['stat_prefix: a'] })
    await none.run()
    expect(none.problems).toEqual(['a local rate limit of a route needs a token_bucket'])
  })
})

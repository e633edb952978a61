import { load } from '@nuncio/config'
import { requestHeaders } from '@nuncio/core'
import { FilterBench, type RunOptions, type Transcript } from '@nuncio/filter-chain/testing'
import { compileRouteTable, type Route } from '@nuncio/router'
import { describe, expect, test } from 'vitest'
import { localRateLimit } from './index.ts'
import { descriptorKey } from './limiter.ts'

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
    expect([t.status, t.header('x-why'), t.header('retry-after')]).toEqual([503, '/p', undefined])
    expect((await spent(bench('status: { code: OK }'))).status).toBe(429)
  })

  test('tells with a 429 when to come again, unless the configuration has said so', async () => {
    const retry = 'enable_retry_after_header: true\n'
    const own = `${retry}response_headers_to_add: [{ header: { key: Retry-After, value: '44' } }]\n`
    const told = [await spent(bench(retry)), await spent(bench(own)), await spent(bench(''))]
    expect(told.map((t) => t.header('retry-after'))).toEqual(['3', '44', undefined])
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

describe('descriptors', () => {
  const KEYS = `
token_bucket: { max_tokens: 20, fill_interval: 100s }
max_dynamic_descriptors: 2
enable_x_ratelimit_headers: DRAFT_VERSION_03
enable_retry_after_header: true
descriptors:
- { entries: [{ key: shadow, value: "1" }], shadow_mode: true, token_bucket: { max_tokens: 1, fill_interval: 60s } }
- { entries: [{ key: plan, value: small }], token_bucket: { max_tokens: 1, fill_interval: 60s } }
- { entries: [{ key: plan, value: big }], token_bucket: { max_tokens: 3, fill_interval: 600s } }
- { entries: [{ key: user }], token_bucket: { max_tokens: 1, fill_interval: 60s } }
`
  const LIMITS = `
rate_limits:
- { actions: [{ request_headers: { header_name: x-shadow, descriptor_key: shadow } }] }
- { actions: [{ request_headers: { header_name: x-plan, descriptor_key: plan } }] }
- { actions: [{ request_headers: { header_name: x-quiet, descriptor_key: plan } }], x_ratelimit_option: "OFF" }
- { actions: [{ request_headers: { header_name: x-user, descriptor_key: user } }] }
- { actions: [{ request_headers: { header_name: x-hits, descriptor_key: plan } }], hits_addend: { number: 2 } }
`
  const KEYED = `stat_prefix: limiter\nfilter_enabled: ${ALL}\nfilter_enforced: ${ALL}\n${KEYS}`
  const keyed = (more = LIMITS, options: RunOptions = {}): FilterBench =>
    new FilterBench(localRateLimit, { config: KEYED + more, ...options })
  const ask = async (b: FilterBench, header: string): Promise<Transcript> =>
    await b.run({ headers: [header.split('=') as [string, string]] })
  const statuses = async (b: FilterBench, ...headers: string[]): Promise<number[]> => {
    const all: number[] = []
    for (const header of headers) all.push((await ask(b, header)).status)
    return all
  }
  const told = (t: Transcript): (string | undefined)[] =>
    ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset', 'retry-after'].map((name) => t.header(name))

  test('have buckets of their own', async () => {
    const b = keyed()
    expect(await statuses(b, 'x-plan=small', 'x-plan=small', 'x-plan=big', 'x-plan=other')).toEqual([
      200, 429, 200, 200,
    ])
  })
  test('draw from the bucket of all as well, unless told not to', async () => {
    expect(told(await ask(keyed(), 'x-none=1'))).toEqual(['20', '19', '0', undefined])
    const always = keyed()
    await ask(always, 'x-plan=big')
    expect(told(await ask(always, 'x-none=1'))[1]).toBe('18')
    const only = keyed(`${LIMITS}always_consume_default_token_bucket: false`)
    await ask(only, 'x-plan=big')
    expect(told(await ask(only, 'x-none=1'))[1]).toBe('19')
  })
  test('tell of the bucket that decided', async () => {
    const b = keyed()
    expect(told(await ask(b, 'x-plan=small'))).toEqual(['1', '0', '60', undefined])
    expect(told(await ask(b, 'x-plan=small'))).toEqual(['1', '0', '60', '60'])
  })
  test('can keep the headers to themselves, and the other way round', async () => {
    expect(told(await ask(keyed(), 'x-quiet=big'))).toEqual([undefined, undefined, undefined, undefined])
    const config = (KEYED + LIMITS.replace('"OFF"', 'DRAFT_VERSION_03')).replace(
      'enable_x_ratelimit_headers: DRAFT_VERSION_03',
      '',
    )
    const b = new FilterBench(localRateLimit, { config })
    expect(told(await ask(b, 'x-quiet=big'))[0]).toBe('3')
    expect(told(await ask(b, 'x-plan=big'))[0]).toBeUndefined()
  })
  test('in shadow mode refuse nobody, and count what they would have refused', async () => {
    const b = keyed()
    expect(await statuses(b, 'x-shadow=1', 'x-shadow=1', 'x-shadow=1')).toEqual([200, 200, 200])
    expect([...counts(b), b.stats.counter('limiter.http_local_rate_limit.shadow_mode').value]).toEqual([3, 1, 2, 0, 2])
    expect(told(await ask(b, 'x-none=1'))[1]).toBe('16')
  })
  test('with an empty value give each value a bucket, and forget the one that was used least recently', async () => {
    const b = keyed()
    expect(await statuses(b, 'x-user=a', 'x-user=a', 'x-user=b')).toEqual([200, 429, 200])
    expect(await statuses(b, 'x-user=c', 'x-user=c', 'x-user=b')).toEqual([200, 429, 429])
    expect(await statuses(b, 'x-user=a')).toEqual([200])
  })
  test('take as many tokens as hits_addend says', async () => {
    const b = keyed()
    expect(await statuses(b, 'x-hits=big', 'x-hits=big', 'x-plan=big', 'x-plan=big')).toEqual([200, 429, 200, 429])
  })
  test('that match together are drawn from the slowest bucket on', async () => {
    const b = keyed()
    const both = { headers: [['x-plan', 'big'], ['x-user', 'a']] } as RunOptions['request'] // prettier-ignore
    expect((await b.run(both)).header('x-ratelimit-limit')).toBe('3')
    expect((await b.run(both)).header('x-ratelimit-limit')).toBe('1')
  })

  const compiled = (yaml: string, virtualHost = ''): RunOptions => {
    const { table } = tableOf(yaml, virtualHost)
    return { route: table }
  }
  test('come from the rate limits of the route when the filter has none', async () => {
    const b = keyed('', compiled('{ actions: [{ generic_key: { descriptor_key: plan, descriptor_value: small } }] }'))
    expect(await statuses(b, 'a=1', 'a=1')).toEqual([200, 429])
  })
  test.each([
    ['', 429],
    ['vh_rate_limits: OVERRIDE', 429],
    ['vh_rate_limits: IGNORE', 200],
  ])('of the virtual host count, with %j the second request gets %i', async (option, status) => {
    const limit = '{ actions: [{ generic_key: { descriptor_key: plan, descriptor_value: small } }] }'
    expect(await statuses(keyed(option, compiled('', limit)), 'a=1', 'a=1')).toEqual([200, status])
  })
  test.each([
    ['stage: 2', 429],
    ['', 200],
  ])('are those of the stage: with %j the second request gets %i', async (stage, status) => {
    const limit = '{ stage: 2, actions: [{ generic_key: { descriptor_key: plan, descriptor_value: small } }] }'
    expect(await statuses(keyed(stage, compiled(limit)), 'a=1', 'a=1')).toEqual([200, status])
  })
  test('with a disable key are for the global filter', async () => {
    const limit = '{ disable_key: k, actions: [{ generic_key: { descriptor_key: plan, descriptor_value: small } }] }'
    expect(await statuses(keyed('', compiled(limit)), 'a=1', 'a=1')).toEqual([200, 200])
  })
  test('may not be the same twice', () => {
    const twice = '- { entries: [{ key: plan, value: big }], token_bucket: { max_tokens: 3, fill_interval: 600s } }\n'
    const b = new FilterBench(localRateLimit, { config: `${KEYED}${twice}` })
    expect(b.problems).toEqual(['the descriptor "plan=big" is there already'])
  })
  test('count per connection, when that is asked for', async () => {
    const b = keyed(`${LIMITS}local_rate_limit_per_downstream_connection: true`)
    expect(await statuses(b, 'x-plan=small', 'x-plan=small')).toEqual([200, 200])
  })
})

/** Clusters of which `edge` has so many hosts. */
function edgeOf(hosts: number): NonNullable<RunOptions['clusters']> {
  const priorities = { levels: [{ hosts: Array.from({ length: hosts }) }] }
  return { get: (name) => (name === 'edge' ? ({ priorities } as never) : undefined) }
}

describe('local_cluster_rate_limit', () => {
  const shared = (more: Partial<RunOptions> = {}, config = CONFIG): FilterBench =>
    new FilterBench(localRateLimit, {
      config: `${config}local_cluster_rate_limit: {}\n`,
      proxy: { localCluster: '', siblings: 'edge', healthCheckFailed: false },
      clusters: edgeOf(2),
      ...more,
    })
  test('gives each of two proxies half of the limit', async () => {
    const b = shared()
    expect([(await b.run()).status, (await b.run()).status]).toEqual([200, 429])
    await b.time.advanceAsync(3000)
    expect((await b.run()).status).toBe(429)
    await b.time.advanceAsync(3000)
    expect((await b.run()).status).toBe(200)
  })
  test('never asks to come back at once', async () => {
    const b = shared({ clusters: edgeOf(3) }, `${CONFIG}enable_retry_after_header: true\n`)
    expect((await b.run()).header('retry-after')).toBe('1')
  })
  test.each<[string, FilterBench, string]>([
    ['a name', shared({ proxy: { localCluster: '', healthCheckFailed: false } }), 'no cluster of proxies is named'],
    ['the cluster', shared({ clusters: { get: () => undefined } }), 'there is no cluster "edge"'],
    [
      'buckets that are shared at all',
      shared({}, `${CONFIG}local_rate_limit_per_downstream_connection: true\n`),
      'what each connection has for itself is not shared with other proxies',
    ],
  ])('needs %s', (_, b, message) => {
    expect(b.problems).toEqual([message])
  })
})

test('keys of descriptors are equal for equal entries only', () => {
  const pairs = [
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
    [
      ['a', 'bc'],
      ['', 'd'],
    ],
    [
      ['ab', ''],
      ['c', 'd'],
    ],
    [
      ['a', '1:1:cd'],
      ['x', 'y'],
    ],
    [['a', 'b1:1:cd']],
  ]
  const keys = pairs.map((entries) => descriptorKey(entries.map(([key = '', value = '']) => ({ key, value }))))
  expect(new Set(keys).size).toBe(pairs.length)
})

/** A route whose rate limits, and those of its virtual host, are compiled. */
function tableOf(limits: string, virtualHost: string): { table: Route } {
  const yaml = `
virtual_hosts:
- name: all
  domains: ['*']
  rate_limits: [${virtualHost}]
  routes: [{ match: { prefix: / }, route: { cluster: c, rate_limits: [${limits}] } }]
`
  const { config } = load('envoy.config.route.v3.RouteConfiguration', yaml, { file: 'routes.yaml' })
  const table = compileRouteTable(config!, { report: () => {} })
  const headers = requestHeaders([[':path', '/'], [':authority', 'a']]) // prettier-ignore
  return { table: table.route(headers, undefined, 0)! }
}

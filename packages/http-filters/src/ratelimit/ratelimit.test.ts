import { ClusterStats, type ClusterManager } from '@nuncio/cluster'
import { decode, encode, type Message } from '@nuncio/config'
import { responseHeaders, StatsStore } from '@nuncio/core'
import { FakeRuntime } from '@nuncio/core/testing'
import type { SideRequest } from '@nuncio/filter-chain'
import { FilterBench, type Pairs, type RunOptions, type Transcript } from '@nuncio/filter-chain/testing'
import { compileRouteTable, type ForwardRoute } from '@nuncio/router'
import { requestHeaders } from '@nuncio/core'
import { describe, expect, test } from 'vitest'
import { rateLimit } from './index.ts'
import { limitHeaders } from './limit-headers.ts'

type Response = Message<'envoy.service.ratelimit.v3.RateLimitResponse'>
type LimitStatus = Message<'envoy.service.ratelimit.v3.RateLimitResponse.DescriptorStatus'>
type Request = Message<'envoy.service.ratelimit.v3.RateLimitRequest'>

const CONFIG = 'domain: edge\nrate_limit_service: { grpc_service: { envoy_grpc: { cluster_name: limits } } }'
const KEY = (value: string, more = ''): string =>
  `{ actions: [{ generic_key: { descriptor_value: ${value} } }] ${more} }`

/** A route of a real table, so that its rate limits are compiled as they are in a proxy. */
function routeWith(limits: readonly object[], hostLimits: readonly object[] = [], perRoute?: object): ForwardRoute {
  const type = 'envoy.extensions.filters.http.ratelimit.v3.RateLimitPerRoute'
  const route = {
    match: { prefix: '/' },
    route: { cluster: 'app', rate_limits: limits },
    ...(perRoute !== undefined && { typed_per_filter_config: { [rateLimit.name]: { '@type': type, ...perRoute } } }),
  }
  const host = { name: 'v', domains: ['*'], rate_limits: hostLimits, routes: [route] }
  const table = compileRouteTable({ virtual_hosts: [host] }, { report: () => {} })
  return table.route(requestHeaders([[':path', '/']]), undefined, 0) as ForwardRoute
}
const generic = (value: string, more: object = {}): object => ({
  actions: [{ generic_key: { descriptor_value: value } }],
  ...more,
})
const ROUTE = routeWith([generic('a')])

interface Run extends Transcript {
  readonly asked: readonly Request[]
  readonly calls: readonly SideRequest[]
  count(name: string): number
}

async function run(answer: Response | Uint8Array | Error | number, options: RunOptions = {}): Promise<Run> {
  const calls: SideRequest[] = []
  const stats = new StatsStore()
  const info = { name: 'app', stats: new ClusterStats(stats.scope('cluster.app.')) }
  const clusters: ClusterManager = { get: (name) => (name === 'app' ? ({ info } as never) : undefined) }
  const bench = new FilterBench(rateLimit, {
    config: CONFIG,
    route: ROUTE,
    ...options,
    stats,
    clusters,
    fetch: async (_, request) => {
      calls.push(request)
      if (answer instanceof Error) throw answer
      const grpcStatus = typeof answer === 'number' ? answer : 0
      const body = answer instanceof Uint8Array ? answer : typeof answer === 'number' ? new Uint8Array() : encode('envoy.service.ratelimit.v3.RateLimitResponse', answer) // prettier-ignore
      return await Promise.resolve({
        status: 200,
        headers: responseHeaders(200, []),
        body,
        grpcStatus,
        grpcMessage: '',
      })
    },
  })
  const transcript = await bench.run(options.request)
  await bench.time.advanceAsync(10)
  const asked = calls.map(({ body }) => decode('envoy.service.ratelimit.v3.RateLimitRequest', body!)!)
  const count = (name: string): number => stats.counter(`cluster.app.ratelimit.${name}`).value
  return Object.assign(transcript, { asked, calls, count })
}

const OK: Response = { overall_code: 'OK' }
const OVER: Response = { overall_code: 'OVER_LIMIT' }
const values = (t: Run): unknown[] =>
  t.asked.map(({ descriptors }) => descriptors?.map(({ entries }) => entries?.map(({ value }) => value).join()))

describe('the service', () => {
  test('is asked with domain and descriptors, and obeyed', async () => {
    const t = await run(OK)
    expect([t.status, t.count('ok'), t.calls[0]?.timeoutMs]).toEqual([200, 1, 20])
    expect(t.calls[0]?.path).toBe('/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit')
    expect(t.asked).toEqual([{ domain: 'edge', descriptors: [{ entries: [{ key: 'generic_key', value: 'a' }] }] }])
  })

  test('is asked under a span of its own, which says what was decided', async () => {
    const [ok, over] = [await run(OK), await run(OVER)]
    const spans = [ok, over].map((t) => t.spans[1])
    expect(spans).toMatchObject([
      { attributes: { ratelimit_status: 'ok' }, ends: 1 },
      { attributes: { ratelimit_status: 'over_limit' }, ends: 1 },
    ])
    expect(spans[0]!.operation).toBe('async envoy.service.ratelimit.v3.RateLimitService.ShouldRateLimit egress')
    expect(ok.calls[0]!.span).toBe(spans[0])
  })

  test('refuses what is too much', async () => {
    const answer: Response = { ...OVER, raw_body: Uint8Array.of(110, 111), response_headers_to_add: [{ key: 'X-Why', value: 'busy' }, { key: 'content-type', value: 'a/b' }] } // prettier-ignore
    const t = await run(answer, {
      config: `${CONFIG}\nresponse_headers_to_add: [{ header: { key: x-own, value: o } }]`,
    })
    expect([t.status, t.body, t.info.details, t.info.flagsText, t.upstream]).toEqual([429, 'no', 'request_rate_limited', 'RL', undefined]) // prettier-ignore
    expect([t.header('x-why'), t.header('content-type'), t.header('x-envoy-ratelimited'), t.header('x-own')]).toEqual(['busy', 'a/b', 'true', 'o']) // prettier-ignore
    expect([t.count('over_limit'), t.stats.counter('cluster.app.upstream_rq_429').value]).toEqual([1, 1])
  })

  test.each([
    ['rate_limited_status: { code: ServiceUnavailable }', 503],
    ['rate_limited_status: { code: OK }', 429],
  ])('refuses with %s: %i', async (more, status) => {
    expect((await run(OVER, { config: `${CONFIG}\n${more}` })).status).toBe(status)
  })

  test('may leave x-envoy-ratelimited out, and say RESOURCE_EXHAUSTED', async () => {
    const config = `${CONFIG}\ndisable_x_envoy_ratelimited_header: true\nrate_limited_as_resource_exhausted: true`
    const t = await run(OVER, { config, request: { headers: [['content-type', 'application/grpc']] } })
    expect([t.header('x-envoy-ratelimited'), t.header('grpc-status')]).toEqual([undefined, '8'])
  })

  test('adds headers to request and response, and metadata', async () => {
    const answer: Response = { ...OK, request_headers_to_add: [{ key: 'x-q', value: '1' }], response_headers_to_add: [{ key: 'x-r', value: '2' }], dynamic_metadata: { a: 1 } } // prettier-ignore
    const t = await run(answer)
    expect([t.upstream?.headers, t.header('x-r')]).toEqual([[['x-q', '1']], '2'])
    expect(t.info.metadata?.get('envoy.filters.http.ratelimit')).toEqual({ a: 1 })
    const named = await run(answer, { config: `${CONFIG}\nmetadata_namespace: mine` })
    expect(named.info.metadata?.get('mine')).toEqual({ a: 1 })
  })

  test.each<[string, Response | Uint8Array | Error | number]>([
    ['down', new Error('down')],
    ['failing', 14],
    ['talking nonsense', Uint8Array.of(255)],
    ['undecided', {}],
    ['breaking headers', { ...OK, request_headers_to_add: [{ key: 'x', value: 'a\r\nb: c' }] }],
  ])('%s lets through, or not, as configured', async (_, answer) => {
    const open = await run(answer)
    expect([open.status, open.count('error'), open.count('failure_mode_allowed')]).toEqual([200, 1, 1])
    const closed = await run(answer, { config: `${CONFIG}\nfailure_mode_deny: true` })
    expect([closed.status, closed.info.details, closed.info.flagsText, closed.upstream]).toEqual([500, 'rate_limiter_error', 'RLSE', undefined]) // prettier-ignore
    const own = await run(answer, {
      config: `${CONFIG}\nfailure_mode_deny: true\nstatus_on_error: { code: BadGateway }`,
    })
    expect(own.status).toBe(502)
    const percent = (n: number): string =>
      `${CONFIG}\nfailure_mode_deny_percent: { default_value: { numerator: ${n} } }`
    expect((await run(answer, { config: percent(100) })).status).toBe(500)
    expect((await run(answer, { config: percent(0) })).status).toBe(200)
  })
})

describe('descriptors', () => {
  const both = (perRoute?: object): ForwardRoute => routeWith([generic('route')], [generic('host')], perRoute)

  test.each<[object, unknown]>([
    [{}, ['route']],
    [{ vh_rate_limits: 'INCLUDE' }, ['route', 'host']],
    [{ vh_rate_limits: 'IGNORE' }, ['route']],
    [{ override_option: 'INCLUDE_POLICY' }, ['route', 'host']],
    [{ rate_limits: [generic('own')] }, ['own']],
  ])('with %j of the route: %j', async (yaml, expected) => {
    expect(values(await run(OK, { route: both(yaml) }))).toEqual([expected])
  })

  test('a route without limits has those of its virtual host, unless they are to be ignored', async () => {
    const host = [generic('host')]
    expect(values(await run(OK, { route: routeWith([], host) }))).toEqual([['host']])
    expect(values(await run(OK, { route: routeWith([], host, { vh_rate_limits: 'IGNORE' }) }))).toEqual([])
  })

  test('those of the stage count, and of the filter itself before all others', async () => {
    const route = routeWith([generic('zero'), generic('one', { stage: 1 })])
    expect(values(await run(OK, { route }))).toEqual([['zero']])
    expect(values(await run(OK, { route, config: `${CONFIG}\nstage: 1` }))).toEqual([['one']])
    expect(values(await run(OK, { route, config: `${CONFIG}\nrate_limits: [${KEY('mine')}]` }))).toEqual([['mine']])
  })

  test('without any nobody is asked', async () => {
    const t = await run(OVER, { route: routeWith([]) })
    expect([t.status, t.asked]).toEqual([200, []])
  })

  test('some count when the request is over', async () => {
    const route = routeWith([generic('now'), generic('later', { apply_on_stream_done: true })])
    expect(values(await run(OK, { route }))).toEqual([['now'], ['later']])
  })

  test('the route may name its domain, and filter state the hits', async () => {
    const before = [{ onRequestHeaders: (_: unknown, s: { info: { filterState: unknown } }) => void (s.info.filterState = new Map([['envoy.ratelimit.hits_addend', { serialize: () => '7' }]])) }] // prettier-ignore
    const t = await run(OK, { route: both({ domain: 'other' }), before })
    expect(t.asked[0]).toMatchObject({ domain: 'other', hits_addend: 7 })
  })
})

describe('which requests are asked about', () => {
  const internal: Pairs = [['x-envoy-internal', 'true']]
  test.each([
    ['internal', internal, 1], ['internal', [], 0], ['external', internal, 0], ['external', [], 1], ['both', internal, 1],
  ] as const)('of type %s with %j: %i', async (type, headers, times) => {
    const t = await run(OK, { config: `${CONFIG}\nrequest_type: ${type}`, request: { headers } })
    expect(t.asked.length).toBe(times)
  }) // prettier-ignore

  const zero = (key: string): FakeRuntime => new FakeRuntime({ [key]: 0 })

  test('the runtime switches it off, one limit, or only what it does', async () => {
    const route = routeWith([generic('a', { disable_key: 'k' })])
    expect((await run(OVER, { runtime: zero('ratelimit.http_filter_enabled') })).asked).toEqual([])
    expect((await run(OVER, { route, runtime: zero('ratelimit.k.http_filter_enabled') })).asked).toEqual([])
    const lax = await run(OVER, { runtime: zero('ratelimit.http_filter_enforcing') })
    expect([lax.status, lax.header('x-envoy-ratelimited'), lax.count('over_limit')]).toEqual([200, 'true', 1])
  })

  test('the configuration has fractions of its own', async () => {
    expect(
      (await run(OVER, { config: `${CONFIG}\nfilter_enabled: { default_value: { numerator: 0 } }` })).asked,
    ).toEqual([])
    const lax = await run(OVER, { config: `${CONFIG}\nfilter_enforced: { default_value: { numerator: 0 } }` })
    expect(lax.status).toBe(200)
  })
})

describe('x-ratelimit headers', () => {
  test('tell of the limit with the least left, and list all', () => {
    const headers = limitHeaders([
      { code: 'OK', current_limit: { requests_per_unit: 10, unit: 'SECOND', name: 'per-"ip"' }, limit_remaining: 5, duration_until_reset: 1000 },
      { code: 'OK', current_limit: { requests_per_unit: 1000, unit: 'HOUR' }, limit_remaining: 4, duration_until_reset: 3_599_900 },
      { code: 'OK', limit_remaining: 1 },
    ]) // prettier-ignore
    expect(headers).toEqual([
      ['x-ratelimit-limit', '1000, 10;w=1;name="per-ip", 1000;w=3600'],
      ['x-ratelimit-remaining', '4'],
      ['x-ratelimit-reset', '3599'],
    ])
    expect(limitHeaders([])).toEqual([])
  })

  test('are sent when the filter, or the limit, asks for them', async () => {
    const answer: Response = { ...OK, statuses: [{ code: 'OK', current_limit: { requests_per_unit: 3, unit: 'MINUTE' }, limit_remaining: 2, duration_until_reset: 7000 }] } // prettier-ignore
    expect((await run(answer)).header('x-ratelimit-limit')).toBeUndefined()
    const on = { config: `${CONFIG}\nenable_x_ratelimit_headers: DRAFT_VERSION_03` }
    const t = await run(answer, on)
    expect([t.header('x-ratelimit-limit'), t.header('x-ratelimit-remaining'), t.header('x-ratelimit-reset')]).toEqual([
      '3, 3;w=60',
      '2',
      '7',
    ])
    const option = (word: string): RunOptions => ({ route: routeWith([generic('a', { x_ratelimit_option: word })]) })
    expect((await run(answer, option('DRAFT_VERSION_03'))).header('x-ratelimit-limit')).toBe('3, 3;w=60')
    expect((await run(answer, { ...on, ...option('OFF') })).header('x-ratelimit-limit')).toBeUndefined()
  })
})

const over = (ms?: number): object => ({ code: 'OVER_LIMIT', ...(ms !== undefined && { duration_until_reset: ms }) })
// As Envoy 1.40 answers them.
test.each([
  [[over(7000), { code: 'OK', duration_until_reset: 90_000 }], '7'],
  [[over(1500), over(1200)], '1'],
  [[over(200)], '1'],
  [[over()], '1'],
  [[], undefined],
])('a client is told when to come again: %j, %s', async (statuses, expected) => {
  const config = `${CONFIG}\nenable_retry_after_header: true`
  const t = await run({ ...OVER, statuses: statuses as LimitStatus[] }, { config })
  expect([t.status, t.header('retry-after')]).toEqual([429, expected])
})

test('the time to come again is the service’s own where it says one, and only for a 429', async () => {
  const answer: Response = { ...OVER, statuses: [over(7000)] }
  const config = `${CONFIG}\nenable_retry_after_header: true`
  const own = await run({ ...answer, response_headers_to_add: [{ key: 'Retry-After', value: '33' }] }, { config })
  expect(own.header('retry-after')).toBe('33')
  const other = await run(answer, { config: `${config}\nrate_limited_status: { code: 503 }` })
  expect([other.status, other.header('retry-after')]).toEqual([503, undefined])
  const off = await run(answer)
  expect(off.header('retry-after')).toBeUndefined()
})

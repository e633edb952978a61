import { loadCel } from '@nuncio/cel'
import { load, type Message, type Problem } from '@nuncio/config'
import { connectionInfo, requestHeaders, StreamInfo } from '@nuncio/core'
import { FakeRuntime } from '@nuncio/core/testing'
import { configPlace } from '@nuncio/matching'
import { beforeAll, describe, expect, test } from 'vitest'
import { forward, routesYaml, tableFrom } from '../testing/table.ts'
import { compileRateLimits, type RateLimitHome } from './rate-limit.ts'
import type { RateLimitStream } from './contracts.ts'
import { describeRateLimits, RouteRateLimits, type VirtualHostRateLimits } from './route-rate-limits.ts'

beforeAll(loadCel)

const FORMATS = 'envoy.reloadable_features.enable_formatter_for_ratelimit_action_descriptor_value'

function stream(more: readonly (readonly [string, string])[] = [], address = '10.1.2.3'): RateLimitStream {
  const headers = requestHeaders([
    [':path', '/p?q=a%20b&q=zz'],
    ['x-empty', ''],
    ['x-two', 'one'],
    ['x-two', 'two'],
    ...more,
  ])
  const { table } = tableFrom(
    `
virtual_hosts:
- name: all
  domains: ["*"]
  routes:
  - match: { prefix: / }
    metadata: { filter_metadata: { ns: { a: { b: "vé" }, number: 5 } } }
    route: { cluster: c1 }
`,
  )
  const info = new StreamInfo(connectionInfo(), 0, 0)
  info.remote = { address, port: 1 }
  info.bytesReceived = 12
  info.setMetadata('dyn', { user: 'u', limit: { requests_per_unit: 3, unit: 'HOUR' }, bad: { unit: 'HOUR' } })
  const route = forward(table, headers)
  return { requestHeaders: headers, info, clusterName: route.clusterName(headers), route: () => route }
}

function compile(
  yaml: string,
  home: RateLimitHome = 'route',
  formats = false,
): { limits: ReturnType<typeof compileRateLimits>; problems: Problem[] } {
  const loaded = load('envoy.config.route.v3.VirtualHost', `{ name: v, domains: [a], rate_limits: [${yaml}] }`, {})
  const config = loaded.partial as Message<'envoy.config.route.v3.VirtualHost'>
  const problems: Problem[] = []
  const options = { report: (problem: Problem) => void problems.push(problem) }
  const runtime = new FakeRuntime({ [FORMATS]: formats })
  const place = configPlace(config, { ...options, runtime, sources: loaded.sources })
  return { limits: compileRateLimits(config.rate_limits, home, place, options), problems }
}

/** The entries of the one descriptor, as `key=value` texts; undefined when there is none. */
function entries(actions: string, of: RateLimitStream = stream(), formats = false): string[] | undefined {
  const { limits, problems } = compile(`{ actions: [${actions}] }`, 'route', formats)
  expect(problems.filter((problem) => problem.severity === 'error')).toEqual([])
  return limits[0]!.describe(of, 'mine')?.entries.map(({ key, value }) => `${key}=${value}`)
}

describe('actions', () => {
  test.each([
    ['{ source_cluster: {} }', ['source_cluster=mine']],
    ['{ destination_cluster: {} }', ['destination_cluster=c1']],
    ['{ request_headers: { header_name: X-Two, descriptor_key: k } }', ['k=one']],
    ['{ request_headers: { header_name: ":path", descriptor_key: k } }', ['k=/p?q=a%20b&q=zz']],
    ['{ request_headers: { header_name: x-empty, descriptor_key: k } }', ['k=']],
    ['{ request_headers: { header_name: x-none, descriptor_key: k } }', undefined],
    ['{ request_headers: { header_name: x-none, descriptor_key: k, skip_if_absent: true } }', []],
    ['{ remote_address: {} }', ['remote_address=10.1.2.3']],
    ['{ masked_remote_address: {} }', ['masked_remote_address=10.1.2.3/32']],
    ['{ masked_remote_address: { v4_prefix_mask_len: 8 } }', ['masked_remote_address=10.0.0.0/8']],
    ['{ masked_remote_address: { v4_prefix_mask_len: 0 } }', ['masked_remote_address=0.0.0.0/0']],
    ['{ generic_key: { descriptor_value: v } }', ['generic_key=v']],
    ['{ generic_key: { descriptor_value: v, descriptor_key: k } }', ['k=v']],
    ['{ generic_key: { descriptor_value: "%REQ(x-two)%" } }', ['generic_key=%REQ(x-two)%']],
    ['{ header_value_match: { descriptor_value: v, headers: [{ name: x-two }] } }', ['header_match=v']],
    ['{ header_value_match: { descriptor_value: v, expect_match: false, headers: [{ name: x-two }] } }', undefined],
    [
      '{ header_value_match: { descriptor_value: v, expect_match: false, headers: [{ name: n }] } }',
      ['header_match=v'],
    ],
    ['{ query_parameters: { query_parameter_name: q, descriptor_key: k } }', ['k=a b']],
    ['{ query_parameters: { query_parameter_name: n, descriptor_key: k } }', undefined],
    ['{ query_parameters: { query_parameter_name: n, descriptor_key: k, skip_if_absent: true } }', []],
    [
      '{ query_parameter_value_match: { descriptor_value: v, query_parameters: [{ name: q, string_match: { exact: "a b" } }] } }',
      ['query_match=v'],
    ],
    [
      '{ query_parameter_value_match: { descriptor_value: v, expect_match: false, query_parameters: [{ name: q }] } }',
      undefined,
    ],
    [
      '{ metadata: { descriptor_key: k, source: ROUTE_ENTRY, metadata_key: { key: ns, path: [{ key: a }, { key: b }] } } }',
      ['k=v\u00c3\u00a9'],
    ],
    [
      '{ metadata: { descriptor_key: k, source: ROUTE_ENTRY, metadata_key: { key: ns, path: [{ key: number }] } } }',
      undefined,
    ],
    ['{ metadata: { descriptor_key: k, metadata_key: { key: dyn, path: [{ key: user }] } } }', ['k=u']],
    ['{ metadata: { descriptor_key: k, default_value: d, metadata_key: { key: dyn, path: [{ key: n }] } } }', ['k=d']],
    ['{ metadata: { descriptor_key: k, skip_if_absent: true, metadata_key: { key: dyn, path: [{ key: n }] } } }', []],
    ['{ dynamic_metadata: { descriptor_key: k, metadata_key: { key: dyn, path: [{ key: user }] } } }', ['k=u']],
    [
      '{ extension: { name: ext, typed_config: { "@type": type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput, header_name: x-two } } }',
      ['ext=one,two'],
    ],
    [
      '{ extension: { name: ext, typed_config: { "@type": type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput, header_name: x-empty } } }',
      [],
    ],
    [
      '{ extension: { name: ext, typed_config: { "@type": type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput, header_name: x-none } } }',
      undefined,
    ],
    [
      '{ extension: { name: ext, typed_config: { "@type": type.googleapis.com/envoy.extensions.rate_limit_descriptors.expr.v3.Descriptor, descriptor_key: k, text: \'request.headers["X-Two"]\' } } }',
      ['k=one,two'],
    ],
    [
      '{ extension: { name: ext, typed_config: { "@type": type.googleapis.com/envoy.extensions.rate_limit_descriptors.expr.v3.Descriptor, descriptor_key: k, text: "1 + 1" } } }',
      ['k=2'],
    ],
    [
      '{ extension: { name: ext, typed_config: { "@type": type.googleapis.com/envoy.extensions.rate_limit_descriptors.expr.v3.Descriptor, descriptor_key: k, parsed: { select_expr: { operand: { select_expr: { operand: { ident_expr: { name: request } }, field: headers } }, field: x-two } } } } }',
      ['k=one,two'],
    ],
    [
      '{ extension: { name: ext, typed_config: { "@type": type.googleapis.com/envoy.extensions.rate_limit_descriptors.expr.v3.Descriptor, descriptor_key: k, text: \'request.headers["none"]\' } } }',
      undefined,
    ],
    [
      '{ extension: { name: ext, typed_config: { "@type": type.googleapis.com/envoy.extensions.rate_limit_descriptors.expr.v3.Descriptor, descriptor_key: k, skip_if_error: true, text: \'request.headers["none"]\' } } }',
      [],
    ],
  ])('%s makes %j', (action, expected) => {
    expect(entries(action)).toEqual(expected)
  })

  test('make entries in their order, and the first without anything to say ends them all', () => {
    expect(entries('{ remote_address: {} }, { generic_key: { descriptor_value: v } }')).toEqual([
      'remote_address=10.1.2.3',
      'generic_key=v',
    ])
    expect(
      entries('{ generic_key: { descriptor_value: v } }, { request_headers: { header_name: n, descriptor_key: k } }'),
    ).toBeUndefined()
  })

  test('count no peer of a Unix socket by its address', () => {
    const unix = stream([], '/run/app.sock')
    expect(entries('{ remote_address: {} }', unix)).toBeUndefined()
    expect(entries('{ masked_remote_address: {} }', unix)).toBeUndefined()
  })

  test('mask IPv6 addresses by their own length', () => {
    expect(entries('{ masked_remote_address: { v6_prefix_mask_len: 64 } }', stream([], '2001:db8:1:2:3::9'))).toEqual([
      'masked_remote_address=2001:db8:1:2::/64',
    ])
  })

  test.each([
    ['{ generic_key: { descriptor_value: "%REQ(x-one)%-v" } }', ['generic_key=1-v']],
    ['{ generic_key: { descriptor_value: "%REQ(x-none)%", default_value: d } }', ['generic_key=d']],
    ['{ generic_key: { descriptor_value: "%REQ(x-none)%" } }', undefined],
    [
      '{ header_value_match: { descriptor_value: "%REQ(n)%", default_value: d, headers: [{ name: x-one }] } }',
      ['header_match=d'],
    ],
  ])('with formats switched on, %s makes %j', (action, expected) => {
    expect(entries(action, stream([['x-one', '1']]), true)).toEqual(expected)
  })
})

describe('limits, hits and headers', () => {
  const LIMIT = (key: string) =>
    `{ actions: [{ remote_address: {} }], limit: { dynamic_metadata: { metadata_key: { key: dyn, path: [{ key: ${key} }] } } } }`
  test.each([
    ['limit', { requestsPerUnit: 3, unit: 'HOUR' }],
    ['bad', undefined],
    ['user', undefined],
  ])('the limit in metadata %s is %j', (key, expected) => {
    expect(compile(LIMIT(key)).limits[0]!.describe(stream(), '')!.limit).toEqual(expected)
  })

  const HITS = (hits: string) => `{ actions: [{ remote_address: {} }], hits_addend: ${hits} }`
  test.each([
    ['{ number: 5 }', 5],
    ['{ format: "%BYTES_RECEIVED%" }', 12],
    ['{ format: "%REQ(x-hits)%" }', 7],
    ['{ number: 0 }', 0],
  ])('hits_addend %s counts %d', (hits, expected) => {
    const { limits } = compile(HITS(hits), 'filter')
    expect(limits[0]!.describe(stream([['x-hits', '7.9']]), '')!.hits).toBe(expected)
  })

  test.each(['x', '-1', '1000000001', '', 'NaN'])('hits that read %j leave the descriptor out', (text) => {
    const { limits } = compile(HITS('{ format: "%REQ(x-hits)%" }'), 'filter')
    expect(limits[0]!.describe(stream([['x-hits', text]]), '')).toBeUndefined()
  })

  test('hits in the limits of a route do nothing, as with Envoy, and are warned of', () => {
    const { limits, problems } = compile(HITS('{ number: 5 }'))
    expect(limits[0]!.describe(stream(), '')!.hits).toBeUndefined()
    expect(problems).toMatchObject([{ severity: 'warning', path: 'rate_limits[0].hits_addend' }])
  })

  test('the choice of x-ratelimit headers is handed on', () => {
    const { limits } = compile('{ actions: [{ remote_address: {} }], x_ratelimit_option: "OFF" }')
    expect(limits[0]!.describe(stream(), '')!.headers).toBe('OFF')
  })
})

describe('refusals', () => {
  test.each([
    ['{ stage: 1, actions: [{ remote_address: {} }] }', 'rate_limits[0].stage'],
    ['{ disable_key: k, actions: [{ remote_address: {} }] }', 'rate_limits[0].disable_key'],
    [
      '{ limit: { dynamic_metadata: { metadata_key: { key: a } } }, actions: [{ remote_address: {} }] }',
      'rate_limits[0].limit',
    ],
    ['{ hits_addend: {}, actions: [{ remote_address: {} }] }', 'rate_limits[0].hits_addend'],
    [
      '{ hits_addend: { number: 1, format: "%BYTES_RECEIVED%" }, actions: [{ remote_address: {} }] }',
      'rate_limits[0].hits_addend',
    ],
    ['{ hits_addend: { format: "%%" }, actions: [{ remote_address: {} }] }', 'rate_limits[0].hits_addend.format'],
    [
      '{ hits_addend: { format: "%PROTOCOL%%PROTOCOL%" }, actions: [{ remote_address: {} }] }',
      'rate_limits[0].hits_addend.format',
    ],
    ['{ actions: [{}] }', 'rate_limits[0].actions[0]'],
    [
      '{ actions: [{ extension: { name: e, typed_config: { "@type": type.googleapis.com/google.protobuf.StringValue, value: a } } }] }',
      'rate_limits[0].actions[0].extension',
    ],
    [
      '{ actions: [{ extension: { name: e, typed_config: { "@type": type.googleapis.com/envoy.extensions.rate_limit_descriptors.expr.v3.Descriptor, text: none() } } }] }',
      'rate_limits[0].actions[0].extension.typed_config.text',
    ],
  ])("in a filter's own list %s is an error at %s", (limit, path) => {
    expect(compile(limit, 'filter').problems).toMatchObject([{ severity: 'error', path }])
  })
})

describe('the limits of a route and its virtual host', () => {
  const KEY = (value: string, more = '') => `{ ${more} actions: [{ generic_key: { descriptor_value: ${value} } }] }`
  function described(route: string, virtualHost: VirtualHostRateLimits, stage = 0, more = ''): string[] {
    const { table } = tableFrom(
      `${routesYaml(`- { match: { prefix: / }, route: { cluster: c, ${more} rate_limits: [${route}] } }`)}  rate_limits: [${KEY('host')}]\n`,
    )
    const of = stream()
    const found = forward(table, of.requestHeaders)
    const limits = new RouteRateLimits({
      stage,
      virtualHost,
      localCluster: '',
      skips: ({ disableKey }) => disableKey !== '',
    })
    return limits.describe({ ...of, route: () => found }).map(({ entries: [first] }) => first!.value)
  }
  test.each<[string, VirtualHostRateLimits, string[]]>([
    [KEY('route'), 'OVERRIDE', ['route']],
    ['', 'OVERRIDE', ['host']],
    [KEY('route'), 'INCLUDE', ['route', 'host']],
    [KEY('route'), 'IGNORE', ['route']],
    ['', 'IGNORE', []],
    [KEY('other', 'stage: 1,'), 'OVERRIDE', []],
    [`${KEY('first', 'disable_key: k,')}, ${KEY('second')}`, 'OVERRIDE', ['second']],
  ])('of a route with [%s], %s: %j', (route, option, expected) => {
    expect(described(route, option)).toEqual(expected)
  })
  test('include_vh_rate_limits of the route goes before the option', () => {
    expect(described(KEY('route'), 'IGNORE', 0, 'include_vh_rate_limits: true,')).toEqual(['route', 'host'])
  })
  test('stages tell filters apart', () => {
    expect(described(`${KEY('zero')}, ${KEY('one', 'stage: 1,')}`, 'IGNORE', 1)).toEqual(['one'])
  })
  test('a redirect has none', () => {
    const { table } = tableFrom(routesYaml('- { match: { prefix: / }, redirect: { path_redirect: /x } }'))
    const of = stream()
    const route = table.route(of.requestHeaders, of.info, 0)
    const limits = new RouteRateLimits({ stage: 0, virtualHost: 'INCLUDE', localCluster: '' })
    expect(limits.describe({ ...of, route: () => route })).toEqual([])
  })
  test("a filter's own list is asked in two halves: at the beginning, and when the stream is done", () => {
    const { limits } = compile(`${KEY('now')}, ${KEY('done', 'apply_on_stream_done: true,')}`, 'filter')
    const values = (done: boolean) =>
      describeRateLimits(limits, stream(), '', done).map(({ entries: [first] }) => first!.value)
    expect([values(false), values(true)]).toEqual([['now'], ['done']])
  })
})

import { fakeRoute, runFilter, type RunOptions, type Transcript } from '@nuncio/filter-chain/testing'
import { requestHeaders } from '@nuncio/core'
import { FakeRuntime } from '@nuncio/core/testing'
import { compileRouteTable, type ForwardRoute } from '@nuncio/router'
import { describe, expect, test } from 'vitest'
import { cors } from './index.ts'

const POLICY = `
allow_origin_string_match: [{ exact: "https://app.example" }, { suffix: ".trusted.example" }]
allow_methods: GET, PUT
allow_headers: x-token
expose_headers: x-total
max_age: "600"
allow_credentials: true
`
const run = (request: RunOptions['request'], routeConfigs: string[] = [POLICY]): Promise<Transcript> =>
  runFilter(cors, { routeConfigs, ...(request && { request }), upstream: { body: 'data' } })
const from = (origin: string, more: [string, string][] = []) => ({
  headers: [['origin', origin], ...more] as [string, string][],
})
const preflight = (origin: string) => ({
  method: 'OPTIONS',
  ...from(origin, [['access-control-request-method', 'PUT']]),
})

describe('envoy.filters.http.cors', () => {
  test('answers a preflight of an allowed origin itself', async () => {
    const t = await run(preflight('https://app.example'))
    expect([t.status, t.upstream, t.info.details]).toEqual([200, undefined, 'cors_response'])
    expect(Object.fromEntries(t.headers)).toMatchObject({
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-methods': 'GET, PUT',
      'access-control-allow-headers': 'x-token',
      'access-control-max-age': '600',
      'access-control-allow-credentials': 'true',
    })
  })

  test('marks the response to an allowed origin', async () => {
    const t = await run(from('https://a.trusted.example'))
    expect(t.header('access-control-allow-origin')).toBe('https://a.trusted.example')
    expect(t.header('access-control-expose-headers')).toBe('x-total')
    expect(t.stats.counter('http.test.cors.origin_valid').value).toBe(1)
  })

  test.each([
    'https://evil.example',
    'https://app.example.evil',
    'https://nottrusted.example',
    'null',
    'https://APP.example',
  ])('gives %s nothing and forwards even its preflight', async (origin) => {
    const t = await run(preflight(origin))
    expect(t.upstream?.method).toBe('OPTIONS')
    expect(t.header('access-control-allow-origin')).toBeUndefined()
    expect(t.stats.counter('http.test.cors.origin_invalid').value).toBe(1)
  })

  test.each(['exact: "*"', 'prefix: "*"', 'safe_regex: { regex: "\\\\*" }'])(
    'lets every origin in where %s takes an asterisk',
    async (matcher) => {
      const t = await run(from('https://anyone.example'), [`allow_origin_string_match: [{ ${matcher} }]`])
      expect(t.header('access-control-allow-origin')).toBe('https://anyone.example')
    },
  )

  test('keeps the preflight of another origin from the upstream when told so', async () => {
    const t = await run(preflight('https://evil.example'), [`${POLICY}\nforward_not_matching_preflights: false`])
    expect([t.status, t.upstream, t.header('access-control-allow-origin')]).toEqual([200, undefined, undefined])
    expect(t.header('access-control-allow-methods')).toBe('GET, PUT')
  })

  test('takes each property from the most specific level that sets it', async () => {
    const t = await run(preflight('https://route.example'), [
      'allow_origin_string_match: [{ exact: "https://route.example" }]',
      POLICY,
    ])
    expect(t.header('access-control-allow-origin')).toBe('https://route.example')
    expect(t.header('access-control-max-age')).toBe('600')
  })

  test('takes the older policies of route and virtual host, where no newer one stands at any level', async () => {
    const own = { allow_origin_string_match: [{ exact: 'https://own.example' }] }
    const host = {
      name: 'all',
      domains: ['*'],
      cors: { allow_origin_string_match: [{ exact: 'https://host.example' }], allow_methods: 'GET' },
      routes: [{ match: { prefix: '/' }, route: { cluster: 'c', cors: own } }],
    }
    const table = compileRouteTable({ virtual_hosts: [host] }, { report: () => {} })
    const route = table.route(requestHeaders([[':path', '/']]), undefined, 0) as ForwardRoute
    const ask = async (origin: string): Promise<unknown[]> => {
      const t = await runFilter(cors, { request: preflight(origin), upstream: {}, route })
      return [t.header('access-control-allow-origin'), t.header('access-control-allow-methods')]
    }
    expect(await ask('https://own.example')).toEqual(['https://own.example', 'GET'])
    expect(await ask('https://host.example')).toEqual([undefined, undefined])
    const newer = fakeRoute({ configs: [{ '@type': cors.routeConfig!.type }], overrides: { cors: route.cors } })
    const t = await runFilter(cors, { route: newer, request: preflight('https://own.example'), upstream: {} })
    expect([t.upstream?.method, t.header('access-control-allow-origin')]).toEqual(['OPTIONS', undefined])
  })

  test('does nothing when switched off, and only counts in shadow', async () => {
    const off = `${POLICY}\nfilter_enabled: { default_value: { numerator: 0 } }`
    const t = await run(from('https://app.example'), [off])
    expect([t.header('access-control-allow-origin'), t.stats.counter('http.test.cors.origin_valid').value]).toEqual([
      undefined,
      0,
    ])
    const shadow = await run(preflight('https://app.example'), [
      `${off}\nshadow_enabled: { default_value: { numerator: 100 } }`,
    ])
    expect([shadow.upstream?.method, shadow.stats.counter('http.test.cors.origin_valid').value]).toEqual(['OPTIONS', 1])
  })

  test('takes both shares from the runtime while it runs', async () => {
    const runtime = new FakeRuntime()
    const config = `${POLICY}
filter_enabled: { runtime_key: cors.on, default_value: { numerator: 0 } }
shadow_enabled: { runtime_key: cors.shadow, default_value: { numerator: 0 } }`
    const asked = async (): Promise<unknown[]> => {
      const t = await runFilter(cors, {
        routeConfigs: [config],
        request: from('https://app.example'),
        upstream: {},
        runtime,
      })
      return [t.header('access-control-allow-origin'), t.stats.counter('http.test.cors.origin_valid').value]
    }
    expect(await asked()).toEqual([undefined, 0])
    runtime.set('cors.shadow', 100)
    expect(await asked()).toEqual([undefined, 1])
    runtime.set('cors.on', 100)
    expect(await asked()).toEqual(['https://app.example', 1])
  })

  test('answers a private network preflight when allowed', async () => {
    const request = preflight('https://app.example')
    request.headers.push(['access-control-request-private-network', 'true'])
    const t = await run(request, [`${POLICY}\nallow_private_network_access: true`])
    expect(t.header('access-control-allow-private-network')).toBe('true')
  })

  test('leaves routes alone that the proxy answers by itself', async () => {
    const route = { ...fakeRoute({ configs: [{ '@type': cors.routeConfig!.type }] }), kind: 'direct' } as never
    const t = await runFilter(cors, { route, request: from('https://app.example'), upstream: {} })
    expect([t.header('access-control-allow-origin'), t.stats.counter('http.test.cors.origin_invalid').value]).toEqual([
      undefined,
      0,
    ])
  })

  test('lets requests without an origin, and routes without a policy, alone', async () => {
    expect((await run({})).header('access-control-allow-origin')).toBeUndefined()
    expect((await run(from('https://app.example'), [])).header('access-control-allow-origin')).toBeUndefined()
  })
})

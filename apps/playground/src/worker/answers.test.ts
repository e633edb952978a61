import { message as ownMessage, string } from '@nuncio/config'
import { describe, expect, test } from 'vitest'
import { Answers } from './answers.ts'
import { extendProduct } from './product.ts'
import type { AskedRequest } from './protocol.ts'

const CONFIG = `static_resources:
  listeners:
  - name: main
    address: { socket_address: { address: 0.0.0.0, port_value: 80 } }
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: main
          http_filters: [{ name: envoy.filters.http.router, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router } }]
          route_config:
            virtual_hosts:
            - name: shop
              domains: [shop.example]
              routes:
              - match: { prefix: /cart }
                route: { cluster: cart, prefix_rewrite: /v2 }
              - match: { prefix: /cart/old }
                redirect: { path_redirect: /cart }
              - match: { prefix: / }
                direct_response: { status: 204 }
  clusters:
  - name: cart
    type: STRICT_DNS
    load_assignment:
      cluster_name: cart
      endpoints:
      - lb_endpoints:
        - endpoint: { address: { socket_address: { address: a.internal, port_value: 80 } } }
        - endpoint: { address: { socket_address: { address: b.internal, port_value: 80 } } }
`
const get = (url: string, headers = ''): AskedRequest => ({ method: 'GET', url, headers, source: '', random: '' })

function checked(text = CONFIG): Answers {
  const answers = new Answers()
  answers.check(text)
  return answers
}

describe('checking', () => {
  test('finds what validate and lint find, in the order of the file, and marks it on the map', async () => {
    const answers = new Answers()
    const { problems, kind } = answers.check(CONFIG)
    const { map } = await answers.overview()
    expect(kind).toBe('bootstrap')
    expect(problems.map(({ code, line }) => [code, line])).toContainEqual(['shadowed-route', 19])
    expect(map.nodes.find(({ id }) => id === 'r0.0.1')).toMatchObject({ title: '/cart/old…', line: 19, warnings: 1 })
    expect(map.nodes.find(({ id }) => id === 'c:cart')!.detail).toBe('round robin')
    expect(map.edges).toContainEqual({ from: 'r0.0.0', to: 'c:cart' })
    expect(map.edges).toContainEqual({ from: 'f0.0', to: 'v0.0' })
  })

  test('tells a route to a cluster that is not there once', () => {
    const { problems } = new Answers().check(CONFIG.replace('{ cluster: cart,', '{ cluster: card,'))
    const errors = problems.filter(({ severity }) => severity === 'error')
    expect(errors.map(({ code, line }) => [code, line])).toEqual([['dangling-reference', 18]])
  })

  test.each([
    '',
    '{',
    '\u0000\u0001\u0002',
    'a: b: c',
    '[]',
    '%PDF-1.7\n%\u00e2\u00e3',
    '- '.repeat(5000),
    '&a [*a, *a]',
  ])('lives through %j', async (text) => {
    const answers = new Answers()
    const { problems } = answers.check(text)
    const { map } = await answers.overview()
    expect(map.nodes).toEqual([])
    expect(problems.every(({ message }) => message.length > 0)).toBe(true)
  })
  test('of a typed text that cannot be read tells what is wrong, and goes on about the one before', async () => {
    const answers = checked()
    expect(answers.check(`${CONFIG}  x: [`, true)).toMatchObject({ readable: false, problems: [{ code: 'syntax' }] })
    expect((await answers.overview()).map.nodes.length).toBeGreaterThan(5)
    expect((await answers.explain(get('http://shop.example/cart'))).way).toHaveLength(5)
    expect(answers.check('x: [').readable).toBe(false)
    expect((await answers.overview()).map.nodes).toEqual([])
  })
  test('refuses a text of many megabytes at once', () => {
    expect(() => new Answers().check('x'.repeat(9_000_000))).toThrow('the text is larger than 8 MB')
  })
  test('shows a bounded map of a large file', async () => {
    const routes = Array.from({ length: 5000 }, (_, i) => `{ match: { path: /${i} }, route: { cluster: c${i % 7} } }`)
    const text = `virtual_hosts: [{ name: v, domains: ['*'], routes: [${routes.join(', ')}] }]`
    const { map } = await checked(text).overview()
    expect(map.nodes.length).toBeLessThan(60)
    expect(map.nodes.find(({ hidden }) => hidden > 0)!.title).toBe('4976 more routes')
  })
})

describe('explaining', () => {
  test('tells the way over the map, and the headers before and after', async () => {
    const answer = await checked().explain(get('http://shop.example/cart/7', 'x-user: ann'))
    expect(answer.way).toEqual(['l0', 'f0.0', 'v0.0', 'r0.0.0', 'c:cart'])
    expect(answer.verdict).toContain('cluster "cart"')
    expect(new Map(answer.headersBefore).get(':path')).toBe('/cart/7')
    expect(new Map(answer.headersAfter).get(':path')).toBe('/v2/7')
    expect(new Map(answer.headersAfter).get('x-user')).toBe('ann')
  })
  test('runs the filters: what they change is in the headers, what they answer is where the way ends', async () => {
    const filters = `[
            { name: mark, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation, mutations: { request_mutations: [{ append: { header: { key: x-seen, value: here } } }] } } },
            { name: abort, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault, abort: { http_status: 503, percentage: { numerator: 100 } }, headers: [{ name: x-break, string_match: { exact: now } }] } },
            {`
    const answers = checked(CONFIG.replace('http_filters: [{', `http_filters: ${filters}`))
    const passed = await answers.explain(get('http://shop.example/cart/7'))
    expect(passed.explanation.filters).toHaveLength(2)
    expect(new Map(passed.headersBefore).get('x-seen')).toBeUndefined()
    expect(new Map(passed.headersAfter).get('x-seen')).toBe('here')
    expect(passed.way.at(-1)).toBe('c:cart')
    const stopped = await answers.explain(get('http://shop.example/cart/7', 'x-break: now'))
    expect(stopped.verdict).toContain('answered by the filter "abort"')
    expect(stopped.way.at(-1)).toBe('r0.0.0')
    expect(stopped.headersAfter).toEqual(stopped.headersBefore)
  })
  test('knows the passwords of basic_auth', async () => {
    const filters = `[{ name: door, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.basic_auth.v3.BasicAuth, users: { inline_string: "ann:{SHA}W8r/fyL/UzygmbNAjq2HbA67qac=" } } }, {`
    const answers = checked(CONFIG.replace('http_filters: [{', `http_filters: ${filters}`))
    expect((await answers.explain(get('http://shop.example/cart'))).verdict).toContain('401')
    const known = get('http://shop.example/cart', 'authorization: Basic YW5uOm9wZW4gc2VzYW1l')
    expect((await answers.explain(known)).verdict).toContain('cluster "cart"')
  })
  test.each([
    ['http://other.example/', ['l0', 'f0.0']],
    ['http://shop.example/x', ['l0', 'f0.0', 'v0.0', 'r0.0.2']],
  ])('of %s it is %j', async (url, way) => {
    expect((await checked().explain(get(url))).way).toEqual(way)
  })
  test('refuses what is no request', async () => {
    await expect(checked().explain(get('ftp://x'))).rejects.toThrow('the scheme ftp')
    await expect(checked().explain(get('/', 'no header'))).rejects.toThrow('is no header')
  })
})

describe('route tests', () => {
  const requests = [
    get('http://shop.example/cart'),
    get('http://shop.example/x'),
    get('http://other.example/', 'a: 1\na: 2'),
  ]
  test('what comes out now is what a test expects, and it passes', async () => {
    const answers = checked()
    const rows = await Promise.all(
      requests.map(async (request) => ({ request, expect: (await answers.explain(request)).expect })),
    )
    expect(rows.map(({ expect: each }) => each)).toMatchObject([{ cluster: 'cart' }, { status: 204 }, { status: 404 }])
    expect(await answers.test(rows)).toEqual(rows.map(() => ({ failure: '' })))
    answers.check(CONFIG.replace('cluster: cart,', 'cluster: other,'))
    expect((await answers.test(rows)).map(({ failure }) => failure)).toEqual(['cluster is other, not cart', '', ''])
  })
  test('are written as a file that nuncio route-test reads', async () => {
    const text = await checked().testFile([{ request: requests[2]!, expect: { status: 404 } }])
    expect(text).toBe(
      'tests:\n  - request: GET http://other.example/\n    headers:\n      a:\n        - "1"\n        - "2"\n    expect:\n      status: 404\n',
    )
  })
})

test('messages of people’s own filters are known once the page was told them', () => {
  const own = '{ name: stamp, typed_config: { "@type": type.googleapis.com/acme.v1.Stamp, header: x-a } }, {'
  const text = CONFIG.replace('http_filters: [{', `http_filters: [${own}`)
  const codes = () => new Answers().check(text).problems.map(({ code }) => code)
  expect(codes()).toContain('unknown-type')
  const { type, honours, messages } = ownMessage('acme.v1.Stamp', { header: string() })
  extendProduct(JSON.stringify({ honours, definitions: [{ type, honours: {}, messages }] }))
  expect(codes()).not.toContain('unknown-type')
})

test('a laboratory plan runs with progress, and the same seed gives the same', async () => {
  const plan = {
    text: CONFIG, cluster: 'cart', policy: 'MAGLEV', weights: {}, rps: 100, seconds: 5, seed: 3, keys: 50, roundTripMs: 1, meanMs: 10,
    spread: 'fixed', workers: 2, hosts: [{ address: '198.18.0.1:80', factor: 3 }], incidents: ['down b.internal 1s-2s'],
  } as const // prettier-ignore
  const heard: number[] = []
  const run = () => new Answers().simulate(plan, (share) => heard.push(share))
  const report = await run()
  expect(await run()).toEqual(report)
  expect(heard.length).toBeGreaterThan(20)
  expect(report).toMatchObject({ cluster: 'cart', policy: 'MAGLEV' })
  const picture = await new Answers().hashPicture(plan, ['198.18.0.2:80'])
  expect(picture!.shares).toEqual([1, 0])
})

import { describe, expect, test } from 'vitest'
import { request, streamInfo, tableFrom } from '../testing/table.ts'

const yaml = `
name: shop
request_headers_to_add:
- header: { key: x-edge, value: "1" }
virtual_hosts:
- name: shop
  domains: [shop.example, "*.shop.example"]
  retry_policy: { retry_on: 5xx, num_retries: 2 }
  routes:
  - name: canary
    match:
      prefix: /v2/cart
      headers:
      - name: x-canary
        string_match: { exact: "1" }
    route: { cluster: cart-canary }
  - name: cart
    match: { prefix: /v2/cart }
    route: { cluster: cart, prefix_rewrite: /cart, host_rewrite_literal: cart.internal, timeout: 3s }
  - name: old
    match: { path: /old }
    redirect: { path_redirect: /new }
- name: rest
  domains: ["*.example", "*"]
  routes:
  - name: health
    match: { path: /healthz }
    direct_response: { status: 200, body: { inline_string: ok } }
`
const { table } = tableFrom(yaml)
const explain = (url: string, headers = {}) => table.explain(request(url, headers), streamInfo(), 0)
const texts = (steps: readonly { text: string }[]): string[] => steps.map(({ text }) => text)

test('tells which domain won, why, and where it is written', () => {
  const story = explain('a.shop.example/v2/cart')
  expect(story.virtualHost).toMatchObject({
    name: 'shop',
    domain: '*.shop.example',
    position: { file: 'routes.yaml', line: 6 },
  })
  expect(texts(story.hostSteps)).toEqual([
    'virtual host "shop": domain "*.shop.example" fits the host "a.shop.example" as suffix wildcard',
    '"*.example" of virtual host "rest" fits too, but a longer one wins',
    '"*" of virtual host "rest" fits too, but suffix wildcard domains come before catch-all ones',
  ])
  expect(story.hostSteps[1]!.position).toMatchObject({ line: 24 })
})

test('tells of each route that was tried, with its first predicate that failed', () => {
  const story = explain('shop.example/v2/cart?id=1')
  expect(story.routes.map(({ name, matched }) => [name, matched])).toEqual([
    ['canary', false],
    ['cart', true],
  ])
  expect(story.routes[0]!.predicates).toEqual([
    {
      text: 'header x-canary exact "1": got absent',
      ok: false,
      position: { file: 'routes.yaml', line: 14, column: 9 },
    },
  ])
  expect(story.matched).toBe(story.routes[1])
  expect(story.matched!.position).toMatchObject({ line: 17 })
  expect(story.matched!.predicates.map(({ text, ok }) => [text, ok])).toEqual([['prefix "/v2/cart"', true]])
  expect(story.nearestMiss).toBeUndefined()
})

test('tells what the winner decides, and where each value comes from', () => {
  const story = explain('shop.example/v2/cart/7?id=1', { 'x-envoy-upstream-rq-timeout-ms': '500' })
  expect([story.cluster, story.rewrittenPath, story.rewrittenHost, story.status, story.location]).toEqual([
    'cart',
    '/cart/7?id=1',
    'cart.internal',
    0,
    '',
  ])
  expect(story.outcome.map(({ text, position }) => [text, position?.line])).toEqual([
    ['cluster "cart"', 19],
    ['host "shop.example" becomes "cart.internal" (host_rewrite_literal: "cart.internal")', 19],
    ['path "/v2/cart/7?id=1" becomes "/cart/7?id=1" (prefix_rewrite: the matched part becomes "/cart")', 19],
    ['request header: adds x-edge', 4],
    ['timeout 500ms, from the request header x-envoy-upstream-rq-timeout-ms', 19],
    ["idle timeout the connection manager's (5 minutes unless it says otherwise)", undefined],
    ['up to 2 retries on 5xx, from the virtual host', 8],
  ])
})

test("tells of a cluster's own policies, which replace those of routes", () => {
  const type = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
  const http = {
    '@type': type,
    retry_policy: { retry_on: 'reset', num_retries: 5, per_try_timeout: 250 },
    hash_policy: [{ header: { header_name: 'x-user' } }],
    request_mirror_policies: [{ cluster: 'shadow' }],
  } as never
  const { table: own } = tableFrom(yaml, { httpOptionsOf: (name) => (name === 'cart' ? http : undefined) })
  const told = texts(own.explain(request('shop.example/v2/cart', {}), streamInfo(), 0).outcome)
  expect(told.slice(-5)).toEqual([
    'timeout of each try 250ms, from the cluster',
    "idle timeout the connection manager's (5 minutes unless it says otherwise)",
    'up to 5 retries on reset, from the cluster',
    "hash policy of the cluster, in place of the route's",
    "mirror policies of the cluster, in place of the route's",
  ])
})

test('does not change the request', () => {
  const asked = request('shop.example/v2/cart')
  table.explain(asked, streamInfo(), 0)
  expect([asked.path, asked.authority, asked.has('x-edge')]).toEqual(['/v2/cart', 'shop.example', false])
})

test('redirects and direct responses have a status', () => {
  expect(explain('shop.example/old?q')).toMatchObject({
    status: 301,
    location: 'http://shop.example/new?q',
    cluster: '',
  })
  expect(explain('x.org/healthz')).toMatchObject({ status: 200, location: '', cluster: '' })
})

describe('a miss', () => {
  test('names the route that came nearest', () => {
    const story = explain('shop.example/v2/car')
    expect(story.matched).toBeUndefined()
    expect(story.nearestMiss).toMatchObject({
      name: 'cart',
      predicates: [{ text: 'prefix "/v2/cart": got "/v2/car"', ok: false }],
    })
  })
  test('prefers the route whose path fits', () => {
    const { table: one } = tableFrom(`
virtual_hosts:
- name: v
  domains: [h]
  routes:
  - { name: a, match: { prefix: /xa }, route: { cluster: c } }
  - { name: b, match: { prefix: /x, headers: [{ name: p }, { name: q }] }, route: { cluster: c } }
  - { name: c, match: { prefix: /x, headers: [{ name: p }] }, route: { cluster: c } }
`)
    expect(one.explain(request('h/x'), streamInfo(), 0).nearestMiss?.name).toBe('c')
  })
  test.each([
    [
      'h',
      'v.com:80',
      ['"v.com" of virtual host "v" differs by the port only: see ignore_port_in_host_matching, strip_any_host_port'],
    ],
    ['h', 'w.com', ['"w.com:8080" of virtual host "v" asks for the port 8080']],
    ['h', 's.com', ['"*.s.com" of virtual host "v" needs something before its suffix']],
    ['h', 'other', []],
  ])('of all virtual hosts names those that come near: %s %s', (_, host, near) => {
    const { table: one } = tableFrom(
      'virtual_hosts: [{ name: v, domains: [v.com, "w.com:8080", "*.s.com"], routes: [] }]',
    )
    const story = one.explain(request(`${host}/`), streamInfo(), 0)
    expect(story.virtualHost).toBeUndefined()
    expect(texts(story.hostSteps)).toEqual([`no domain fits the host "${host}"`, ...near])
  })
})

test('whoever gets the catch-all is told which domain came near', () => {
  const { table: one } = tableFrom(
    'virtual_hosts: [{ name: v, domains: ["*.v.com"], routes: [] }, { name: any, domains: ["*"], routes: [] }]',
  )
  expect(texts(one.explain(request('a.v.com:80/'), streamInfo(), 0).hostSteps)).toEqual([
    'virtual host "any": domain "*" fits the host "a.v.com:80" as catch-all',
    '"*.v.com" of virtual host "v" differs by the port only: see ignore_port_in_host_matching, strip_any_host_port',
  ])
})

test('require_tls is told', () => {
  const { table: one } = tableFrom(
    'virtual_hosts: [{ name: v, domains: ["*"], require_tls: ALL, routes: [{ match: { prefix: / }, route: { cluster: c } }] }]',
  )
  const story = one.explain(request('h/x'), streamInfo(), 0)
  expect(texts(story.hostSteps)).toEqual([
    'virtual host "v": domain "*" is the only domain there is, so the host is not looked at',
    'require_tls is ALL, x-forwarded-proto is http: redirected to https',
  ])
  expect(story).toMatchObject({ status: 301, location: 'https://h/x', routes: [], matched: undefined })
})

test('an empty x-forwarded-proto, which no route takes, is told', () => {
  const { table: one } = tableFrom(
    'virtual_hosts: [{ name: v, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: c } }] }]',
  )
  const story = one.explain(request('h/x', { 'x-forwarded-proto': '' }), streamInfo(), 0)
  expect(texts(story.hostSteps).at(-1)).toBe('require_tls is NONE, x-forwarded-proto is empty: no route at all')
  expect(story.matched).toBeUndefined()
})

test('weights are told', () => {
  const { table: one } = tableFrom(
    'virtual_hosts: [{ name: v, domains: ["*"], routes: [{ match: { prefix: / }, route: { weighted_clusters: { clusters: [{ name: a, weight: 1 }, { name: b, weight: 3 }] } } }] }]',
  )
  expect(texts(one.explain(request('h/'), undefined, 2).outcome)[0]).toBe(
    'cluster "b", chosen among a, b by weights 1, 3',
  )
})

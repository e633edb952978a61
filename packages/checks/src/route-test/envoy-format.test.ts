import { describe, expect, it } from 'vitest'
import { failuresOf, runTests } from '../testing/route-tests.ts'
import { dedent, routes } from '../testing/yaml.ts'
import { parseRouteTests } from './parse-tests.ts'

const CONFIG = dedent(`
  name: fleet
  request_headers_to_add: [{ header: { key: x-config, value: global } }]
  virtual_hosts:
  - name: shop
    domains: [shop.example, "*.shop.example"]
    virtual_clusters:
    - { name: carts, headers: [{ name: ":path", string_match: { prefix: /cart } }] }
    routes:
    - match: { prefix: /cart }
      metadata: { filter_metadata: { team: { owner: checkout, level: 3 } } }
      route: { cluster: cart, prefix_rewrite: /v2/cart, host_rewrite_literal: cart.internal, timeout: 2.5s }
      request_headers_to_add: [{ header: { key: x-team, value: checkout } }]
      response_headers_to_add: [{ header: { key: x-served-by, value: cart }, append_action: OVERWRITE_IF_EXISTS_OR_ADD }]
    - match: { prefix: /old }
      redirect: { path_redirect: /new, response_code: FOUND }
    - match: { path: /ping }
      direct_response: { status: 200, body: { inline_string: pong } }
    - match: { prefix: /by-header }
      route: { cluster_header: x-cluster }
    - match: { prefix: /split }
      route: { weighted_clusters: { clusters: [{ name: blue, weight: 30 }, { name: green, weight: 70 }] } }
    - match: { prefix: /beta, runtime_fraction: { runtime_key: beta, default_value: { numerator: 0 } } }
      route: { cluster: beta }
    - match: { prefix: /beta, runtime_fraction: { runtime_key: half, default_value: { numerator: 50 } } }
      route: { cluster: half }
    - match: { prefix: /secret, dynamic_metadata: [{ filter: auth, path: [{ key: role }], value: { string_match: { exact: admin } } }] }
      route: { cluster: secret }
    - match: { prefix: / }
      route: { cluster: web }
  - name: inside
    domains: [inside.example]
    require_tls: EXTERNAL_ONLY
    routes:
    - match: { prefix: / }
      route: { cluster: inside }
`)

/** One test; `validate` in one line. */
const one = (input: string, validate: string): string[] =>
  failuresOf(
    runTests(
      CONFIG,
      `tests:\n- test_name: t\n  input: { authority: shop.example, method: GET, ${input} }\n  validate: { ${validate} }\n`,
    ),
  ).map((text) => text.slice(3))

describe("tests in the format of Envoy's router_check_tool", () => {
  it('compare every field of a forwarded request', () => {
    const validate =
      `cluster_name: cart, virtual_host_name: shop, virtual_cluster_name: other, host_rewrite: cart.internal,
      path_rewrite: "/v2/cart/7?a=1", path_redirect: "", code_redirect: 0, timeout: 2.5s,
      route_metadata: [{ namespace: team, key: owner, value: checkout }, { namespace: team, key: level, value: 3 }],
      request_header_fields: [{ key: X-Team, value: checkout }], response_header_fields: [{ key: x-served-by, value: cart }],
      request_header_matches: [{ name: x-config, string_match: { exact: global } }, { name: x-none, present_match: false }],
      response_header_matches: [{ name: x-served-by, string_match: { prefix: ca } }]`.replaceAll('\n', ' ')
    expect(one('path: "/cart/7?a=1"', validate)).toEqual([])
  })

  it('say what was expected and what came out', () => {
    expect(
      one(
        'path: /cart',
        'cluster_name: web, virtual_host_name: other, path_rewrite: /cart, host_rewrite: "", timeout: 15s',
      ),
    ).toEqual([
      'cluster_name: web / cart',
      'virtual_host_name: other / shop',
      'path_rewrite: /cart / /v2/cart',
      'host_rewrite:  / cart.internal',
      'timeout: 15000ms / 2500ms',
    ])
    expect(
      one(
        'path: /',
        'request_header_matches: [{ name: x-team, string_match: { exact: a } }], response_header_fields: [{ key: a, value: b }]',
      ),
    ).toEqual(['request_header_matches: header x-team exact "a" / absent', 'response_header_fields: b / '])
  })

  it('see the headers that keep what was rewritten, and not those that only the router filter puts on', () => {
    expect(
      one(
        'path: "/cart/7"',
        `request_header_fields: [{ key: x-envoy-original-path, value: /cart/7 }, { key: x-envoy-original-host, value: shop.example }],
         request_header_matches: [{ name: x-envoy-expected-rq-timeout-ms, present_match: false }]`.replaceAll(
          '\n',
          ' ',
        ),
      ),
    ).toEqual([])
  })

  it('know redirects, direct responses and requests without a route', () => {
    expect(
      one(
        'path: "/old?q=1"',
        'path_redirect: "http://shop.example/new?q=1", code_redirect: 302, cluster_name: "", virtual_host_name: ""',
      ),
    ).toEqual([])
    expect(one('path: /old, ssl: true', 'path_redirect: "https://shop.example/new"')).toEqual([])
    // A direct response has a URL too: its own.
    expect(
      one('path: /ping', 'path_redirect: "http://shop.example/ping", code_redirect: 200, path_rewrite: ""'),
    ).toEqual([])
    expect(
      one(
        'path: /ping',
        'response_header_fields: [{ key: ":status", value: "200" }, { key: content-length, value: "4" }]',
      ),
    ).toEqual([])
    const nowhere = runTests(
      CONFIG,
      `tests:\n- test_name: t\n  input: { authority: other.example, path: /, method: GET }\n  validate: { cluster_name: "", virtual_host_name: "", path_redirect: "", code_redirect: 0, path_rewrite: "" }`,
    )
    expect(failuresOf(nowhere)).toEqual([])
  })

  it('take clusters from headers and by the random value, however large', () => {
    expect(
      one('path: /by-header, additional_request_headers: [{ key: x-cluster, value: mine }]', 'cluster_name: mine'),
    ).toEqual([])
    expect(one('path: /by-header', 'cluster_name: ""')).toEqual([])
    expect(one('path: /split, random_value: 29', 'cluster_name: blue')).toEqual([])
    expect(one('path: /split, random_value: 130', 'cluster_name: green')).toEqual([])
    // 2^53 + 1 modulo 100 is 93, and 92 when the last digit is lost; 18446744073709551615 modulo 100 is 15.
    expect(one('path: /split, random_value: 18446744073709551615', 'cluster_name: blue')).toEqual([])
    expect(one('path: /split, random_value: "9007199254741001"', 'cluster_name: blue')).toEqual([])
  })

  it('see a runtime fraction only when its key is the one that is on, and take a share of 0 for 1', () => {
    expect(one('path: /beta', 'cluster_name: web')).toEqual([])
    expect(one('path: /beta, runtime: beta', 'cluster_name: beta')).toEqual([])
    expect(one('path: /beta, runtime: beta, random_value: 1', 'cluster_name: web')).toEqual([])
    expect(one('path: /beta, runtime: half, random_value: 149', 'cluster_name: half')).toEqual([])
    expect(one('path: /beta, runtime: half, random_value: 50', 'cluster_name: web')).toEqual([])
  })

  it('set dynamic metadata and internal requests', () => {
    expect(one('path: /secret', 'cluster_name: web')).toEqual([])
    expect(
      one(
        'path: /secret, dynamic_metadata: [{ metadata_namespace: auth, value: { role: admin } }]',
        'cluster_name: secret',
      ),
    ).toEqual([])
    expect(
      one(
        'path: /secret, dynamic_metadata: [{ metadata_namespace: auth, value: { role: admin } }, { metadata_namespace: auth, value: { role: user } }]',
        'cluster_name: secret',
      ),
    ).toEqual([])
    expect(
      one(
        'path: /secret, dynamic_metadata: [{ metadata_namespace: auth, value: { role: admin } }, { metadata_namespace: auth, value: { role: user }, allow_overwrite: true }]',
        'cluster_name: web',
      ),
    ).toEqual([])
    const inside = (more: string, validate: string): string[] =>
      failuresOf(
        runTests(
          CONFIG,
          `tests:\n- test_name: t\n  input: { authority: inside.example, path: /, method: GET${more} }\n  validate: { ${validate} }`,
        ),
      )
    expect(inside('', 'cluster_name: "", path_redirect: "https://inside.example/", code_redirect: 301')).toEqual([])
    expect(inside(', internal: true', 'cluster_name: inside')).toEqual([])
    expect(inside(', ssl: true', 'cluster_name: inside')).toEqual([])
  })

  it('read the values of a whole file, such as the limit of regexes', () => {
    const long = '/[a-z0-9]{1,200}'
    const config = routes(`- { match: { safe_regex: { regex: "${long}" } }, route: { cluster: a } }`)
    const test = (runtime: string): string =>
      `${runtime}tests:\n- test_name: t\n  input: { authority: a, path: /a7b, method: GET }\n  validate: { cluster_name: a }`
    expect(failuresOf(runTests(config, test('')))).toEqual(['t: cluster_name: a / '])
    expect(failuresOf(runTests(config, test('runtime:\n  re2.max_program_size.error_level: 5000\n')))).toEqual([])
  })

  it('may be JSON with commas at the ends, and camelCase', () => {
    const json = `{
      "tests": [
        { "test_name": "one", "input": { "authority": "shop.example", "path": "/cart", "method": "GET", "randomValue": 3, }, "validate": { "cluster_name": "cart" }, },
      ],
    }`
    expect(runTests(CONFIG, json, {}, 'tests.json').passed).toBe(1)
  })

  it.each([
    ['tests: []', 'rule', 1],
    ['runtime: {}', 'missing-field', 1],
    ['tests:\n- { input: { authority: a, path: /, method: GET }, validate: {}, test_name: "" }', 'rule', 2],
    ['tests:\n- { test_name: t, validate: {} }', 'missing-field', 2],
    ['tests:\n- { test_name: t, input: { authority: a, path: /, method: GET } }', 'missing-field', 2],
    ['tests:\n- { test_name: t, input: { authority: a, path: /, method: GE }, validate: {} }', 'rule', 2],
    ['tests:\n- { test_name: t, input: { authority: a, path: "", method: GET }, validate: {} }', 'rule', 2],
    [
      'tests:\n- { test_name: t, input: { authority: a, path: /, method: GET, random_value: -1 }, validate: {} }',
      'out-of-range',
      2,
    ],
    [
      'tests:\n- { test_name: t, input: { authority: a, path: /, method: GET }, validate: { cluster: a } }',
      'unknown-field',
      2,
    ],
  ])('are refused with their line when they are no tests: %j', (text, code, line) => {
    const { tests, problems } = parseRouteTests(text, 'tests.yaml')
    expect(tests).toBeUndefined()
    expect(problems.map((problem) => [problem.code, problem.line])).toEqual([[code, line]])
  })

  it('take the same header twice, as two lines', () => {
    const twice = '{ key: x-many, value: a }, { key: x-many, value: b }'
    expect(
      one(
        `path: /, additional_request_headers: [${twice}], additional_response_headers: [${twice}]`,
        'request_header_matches: [{ name: x-many, string_match: { exact: b } }], response_header_matches: [{ name: x-many, string_match: { exact: a } }]',
      ),
    ).toEqual([])
  })

  it('ask for a name when there are several route configurations', () => {
    const two = `resources:\n- '@type': type.googleapis.com/envoy.config.route.v3.RouteConfiguration\n  name: a\n  virtual_hosts: [{ name: v, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: one } }] }]\n- '@type': type.googleapis.com/envoy.config.route.v3.RouteConfiguration\n  name: b\n  virtual_hosts: [{ name: v, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: two } }] }]\n`
    const tests =
      'tests:\n- { test_name: t, input: { authority: a, path: /, method: GET }, validate: { cluster_name: two } }'
    expect(() => runTests(two, tests)).toThrow('there are 2')
    expect(runTests(two, tests, { routes: 'b' }).passed).toBe(1)
    expect(() => runTests(two, tests, { routes: 'c' })).toThrow('there is no route configuration "c"')
  })
})

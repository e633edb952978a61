import { describe, expect, it } from 'vitest'
import { bootstrap, findings, routes, viewOf } from '../../testing/yaml.ts'
import { lint } from '../lint.ts'

describe('impossible-match', () => {
  it('finds paths without a slash and paths with a query', () => {
    const yaml = routes(`
      - match: { prefix: api }
        route: { cluster: a }
      - match: { path: /a?b=1 }
        route: { cluster: a }
      - match: { path: "*" }
        route: { cluster: a }
      - match: { prefix: / }
        route: { cluster: a }`)
    expect(findings('impossible-match', yaml)).toEqual([
      '6: no path matches prefix "api": paths begin with a slash',
      '8: no path matches path "/a?b=1": the path is cut at ? before it is compared',
    ])
  })

  it('finds headers that contradict each other, empty ranges and lower-case methods', () => {
    const yaml = routes(`
      - match:
          prefix: /
          headers:
          - { name: ":authority", string_match: { exact: "1" } }
          - { name: ":Authority", string_match: { exact: "2" } }
        route: { cluster: a }
      - match:
          prefix: /
          headers:
          - { name: x-a, string_match: { exact: "one line" } }
          - { name: x-a, string_match: { exact: "another" } }
        route: { cluster: a }
      - match: { prefix: /, headers: [{ name: x-b, present_match: false }, { name: x-b, string_match: { exact: z } }] }
        route: { cluster: a }
      - match: { prefix: /, headers: [{ name: x-c, range_match: { start: 5, end: 5 } }] }
        route: { cluster: a }
      - match: { prefix: /, headers: [{ name: ":method", string_match: { exact: get } }] }
        route: { cluster: a }
      - match: { prefix: /, runtime_fraction: { default_value: { numerator: 0 } } }
        route: { cluster: a }`)
    expect(findings('impossible-match', yaml).map((text) => text.replace(/^\d+: /, ''))).toEqual([
      'header ":authority" has to be "1" and "2" at once',
      'header "x-b" has to be absent and to be "z"',
      'no number lies in the range from 5 up to but not including 5',
      'no client sends the method "get": methods are upper-case',
      'a fraction of 0 without a runtime_key selects no request',
    ])
  })
})

describe('invert-match-absent', () => {
  it('finds inverted value tests, and not those of presence, of pseudo headers or with the empty value', () => {
    const yaml = routes(`
      - match: { prefix: /, headers: [{ name: x-user, string_match: { exact: admin }, invert_match: true }] }
        route: { cluster: a }
      - match: { prefix: /, headers: [{ name: x-user, present_match: true, invert_match: true }] }
        route: { cluster: a }
      - match: { prefix: /, headers: [{ name: ":method", string_match: { exact: GET }, invert_match: true }] }
        route: { cluster: a }
      - match: { prefix: /, headers: [{ name: Host, string_match: { exact: a }, invert_match: true }] }
        route: { cluster: a }
      - match:
          prefix: /
          headers: [{ name: x-user, string_match: { exact: admin }, invert_match: true, treat_missing_header_as_empty: true }]
        route: { cluster: a }`)
    expect(findings('invert-match-absent', yaml)).toEqual([
      '6: requests without the header "x-user" do not match either, though the match is inverted',
    ])
  })
})

describe('rewrite-slashes', () => {
  it('finds doubled and lost slashes', () => {
    const yaml = routes(`
      - match: { prefix: /api }
        route: { cluster: a, prefix_rewrite: / }
      - match: { prefix: /api/ }
        route: { cluster: a, prefix_rewrite: /v1 }
      - match: { path_separated_prefix: /users }
        route: { cluster: a, prefix_rewrite: /v1/users/ }
      - match: { prefix: /fine/ }
        route: { cluster: a, prefix_rewrite: / }
      - match: { prefix: /also }
        redirect: { prefix_rewrite: /fine }`)
    expect(findings('rewrite-slashes', yaml)).toEqual([
      '7: "/api/x" becomes "//x": the slash is doubled',
      '9: "/api/x" becomes "/v1x": the slash is lost',
      '11: "/users/x" becomes "/v1/users//x": the slash is doubled',
    ])
  })
})

describe('useless-regex', () => {
  it('suggests the plain test that says the same', () => {
    const yaml = routes(`
      - match: { safe_regex: { regex: "/api/.*" } }
        route: { cluster: a }
      - match: { safe_regex: { regex: "^/users(/.*)?$" } }
        route: { cluster: a }
      - match: { safe_regex: { regex: ".*" }, headers: [{ name: x-a, string_match: { safe_regex: { regex: ".*\\\\.png" } } }] }
        route: { cluster: a }
      - match: { safe_regex: { regex: "/v[12]/.*" } }
        route: { cluster: a, regex_rewrite: { pattern: { regex: /v1 }, substitution: /v2 } }`)
    expect(findings('useless-regex', yaml)).toEqual([
      '6: the regex "/api/.*" says no more than prefix: "/api/"',
      '8: the regex "^/users(/.*)?$" says no more than path_separated_prefix: "/users"',
      '10: the regex ".*" says no more than prefix: "/"',
      '10: the regex ".*\\\\.png" says no more than suffix: ".png"',
    ])
  })
})

describe('regex-unescaped-dot', () => {
  it('shows a name that matches too', () => {
    const yaml = routes(`
      - match: { prefix: /, headers: [{ name: ":authority", string_match: { safe_regex: { regex: "(.*[.])?example.com" } } }] }
        route: { cluster: a }
      - match: { prefix: /, headers: [{ name: ":authority", string_match: { safe_regex: { regex: "www\\\\.example\\\\.(com|org)" } } }] }
        route: { cluster: a }`)
    expect(findings('regex-unescaped-dot', yaml)).toEqual([
      '6: a dot that is not escaped stands for any character: "(.*[.])?example.com" matches "examplexcom"',
    ])
  })
})

describe('weights', () => {
  it('finds a total_weight that is not the sum, and sums that are almost 100', () => {
    const yaml = routes(`
      - match: { prefix: /a }
        route: { weighted_clusters: { clusters: [{ name: a, weight: 1 }, { name: b, weight: 2 }], total_weight: 100 } }
      - match: { prefix: /b }
        route: { weighted_clusters: { clusters: [{ name: a, weight: 90 }, { name: b, weight: 5 }] } }
      - match: { prefix: /c }
        route: { weighted_clusters: { clusters: [{ name: a, weight: 1 }, { name: b, weight: 2 }] } }`)
    expect(findings('total-weight-ignored', yaml)).toEqual([
      '7: total_weight 100 is ignored: the weights add up to 3, and shares are of that',
    ])
    expect(findings('weights-near-100', yaml)).toEqual([
      '9: the weights add up to 95, not to 100: no weight is a percentage',
    ])
  })
})

describe('header-precedence', () => {
  const body = `
  virtual_hosts:
  - name: shop
    domains: ['*']
    response_headers_to_add: [{ header: { key: cache-control, value: no-store }, append_action: OVERWRITE_IF_EXISTS_OR_ADD }]
    response_headers_to_remove: [X-Debug]
    routes:
    - match: { prefix: / }
      route: { cluster: a }
      response_headers_to_add:
      - { header: { key: Cache-Control, value: max-age=60 }, append_action: OVERWRITE_IF_EXISTS_OR_ADD }
      - { header: { key: x-debug, value: "1" } }
      - { header: { key: x-other, value: "1" } }`
  it('finds what a wider level overwrites and removes', () => {
    expect(
      findings('header-precedence', bootstrap({ routeConfig: body })).map((text) => text.replace(/^\d+: /, '')),
    ).toEqual([
      'response header "cache-control", which the route adds, is overwritten by virtual host "shop"',
      'response header "x-debug", which the route adds, is removed by virtual host "shop"',
    ])
  })
  it('knows that weighted clusters never have the last word', () => {
    const routeConfig = `
  most_specific_header_mutations_wins: true
  virtual_hosts:
  - name: shop
    domains: ['*']
    routes:
    - match: { prefix: / }
      response_headers_to_remove: [x-side]
      route: { weighted_clusters: { clusters: [{ name: a, weight: 1, response_headers_to_add: [{ header: { key: x-side, value: a } }] }] } }`
    const found = lint(viewOf(bootstrap({ routeConfig })), { only: ['header-precedence'] })
    expect(found.map(({ message, hint }) => [message, hint])).toEqual([
      [
        'response header "x-side", which the weighted cluster adds, is removed by the route',
        'write it on one level only',
      ],
    ])
  })
  it('has nothing to say when the most specific wins', () => {
    const routeConfig = `\n  most_specific_header_mutations_wins: true${body}`
    expect(findings('header-precedence', bootstrap({ routeConfig }))).toEqual([])
  })
})

describe('retries', () => {
  const yaml = routes(`
    - match: { prefix: /a }
      route: { cluster: a, timeout: 5s, retry_policy: { retry_on: 5xx, num_retries: 3, per_try_timeout: 2s } }
    - match: { prefix: /b }
      route: { cluster: a, retry_policy: { retry_on: 5xx, per_try_timeout: 20s } }
    - match: { prefix: /c }
      route: { cluster: a, timeout: 0s, retry_policy: { retry_on: 5xx, num_retries: 9, per_try_timeout: 20s } }
    - match: { prefix: /d }
      route: { cluster: a, retry_policy: { num_retries: 2 } }
    - match: { prefix: /e }
      route: { cluster: a, retry_policy: { retry_on: "5xx,retriable-headers", retriable_status_codes: [409] } }`)
  it('finds tries that do not fit into the timeout, and a try that is as long as all', () => {
    expect(findings('retries-exceed-timeout', yaml)).toEqual([
      '7: 4 tries of 2s take up to 8s, but the timeout of the whole request is 5s',
    ])
    expect(findings('per-try-timeout-ignored', yaml)).toEqual([
      '9: per_try_timeout 20s is ignored: the timeout of the whole request is 15s, the default',
    ])
  })
  it('finds conditions that retry nothing', () => {
    expect(findings('retry-without-effect', yaml)).toEqual([
      '13: a retry policy without retry_on retries nothing',
      '15: retriable-headers retries nothing: retriable_headers is empty',
      '15: retriable_status_codes is not looked at: retry_on lacks the word retriable-status-codes',
    ])
  })
})

describe('grpc-default-timeout', () => {
  it('finds gRPC routes that end after 15 seconds', () => {
    const yaml = routes(`
      - match: { prefix: /, grpc: {} }
        route: { cluster: a }
      - match: { prefix: /x, grpc: {} }
        route: { cluster: a, timeout: 0s }`)
    expect(findings('grpc-default-timeout', yaml)).toEqual([
      '7: gRPC streams on this route end after 15 seconds, the default timeout',
    ])
  })
})

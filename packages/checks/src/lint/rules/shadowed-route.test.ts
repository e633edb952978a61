import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { explainRequest } from '../../explain/explain-request.ts'
import { prepareRequest } from '../../request/tool-request.ts'
import { routes, viewOf } from '../../testing/yaml.ts'
import { lint } from '../lint.ts'

interface Found {
  readonly line: number
  readonly message: string
  readonly hint: string
}

function shadows(list: string): readonly Found[] {
  return lint(viewOf(routes(list)), { only: ['shadowed-route'] })
}

/** Pairs of an earlier and a later match, and whether the first takes all that the second could. */
const PAIRS: readonly (readonly [earlier: string, later: string, shadowed: boolean])[] = [
  ['{ prefix: / }', '{ prefix: /a }', true],
  ['{ prefix: /a }', '{ prefix: / }', false],
  ['{ prefix: /a }', '{ path: /ab }', true],
  ['{ path: /a }', '{ prefix: /a }', false],
  ['{ path: /a }', '{ path: /a }', true],
  ['{ path: /a, case_sensitive: false }', '{ path: /A }', true],
  ['{ path: /A }', '{ path: /a, case_sensitive: false }', false],
  ['{ prefix: /API, case_sensitive: false }', '{ prefix: /api/v1 }', true],
  ['{ path_separated_prefix: /a }', '{ path: /a }', true],
  ['{ path_separated_prefix: /a }', '{ prefix: /a/ }', true],
  ['{ path_separated_prefix: /a }', '{ prefix: /a }', false],
  ['{ path_separated_prefix: /a }', '{ path: /ab }', false],
  ['{ path_separated_prefix: /a }', '{ path_separated_prefix: /a/b }', true],
  ['{ prefix: /a }', '{ path_separated_prefix: /a }', true],
  ['{ safe_regex: { regex: "/[a-z]+" } }', '{ path: /abc }', true],
  ['{ safe_regex: { regex: "/[a-z]+" } }', '{ path: /1 }', false],
  ['{ safe_regex: { regex: "/[a-z]+" } }', '{ prefix: /abc }', false],
  ['{ safe_regex: { regex: "/[a-z]+" } }', '{ safe_regex: { regex: "/[a-z]+" } }', true],
  ['{ safe_regex: { regex: "/a/.*" } }', '{ prefix: /a/b }', true],
  ['{ prefix: /v }', '{ safe_regex: { regex: "/v[12]/users(/.+)?" } }', true],
  ['{ prefix: / }', '{ safe_regex: { regex: "/(a|b)[^/]*/\\\\d{3}" } }', true],
  ['{ prefix: /, headers: [{ name: x-a, string_match: { exact: "1" } }] }', '{ prefix: / }', false],
  ['{ prefix: / }', '{ prefix: /, headers: [{ name: x-a, string_match: { exact: "1" } }] }', true],
  [
    '{ prefix: /, headers: [{ name: X-A, string_match: { exact: "1" } }] }',
    '{ prefix: /b, headers: [{ name: x-a, exact_match: "1" }] }',
    true,
  ],
  [
    '{ prefix: /, headers: [{ name: x-a, present_match: true }] }',
    '{ prefix: /, headers: [{ name: x-a, string_match: { prefix: q } }] }',
    true,
  ],
  [
    '{ prefix: /, headers: [{ name: x-a, string_match: { prefix: q } }] }',
    '{ prefix: /, headers: [{ name: x-a, string_match: { exact: qq } }] }',
    true,
  ],
  [
    '{ prefix: /, headers: [{ name: x-a, string_match: { exact: "1" }, invert_match: true }] }',
    '{ prefix: /, headers: [{ name: x-a, string_match: { exact: "2" } }] }',
    // A request may have the header twice.
    false,
  ],
  [
    '{ prefix: /, headers: [{ name: ":method", string_match: { exact: GET }, invert_match: true }] }',
    '{ prefix: /, headers: [{ name: ":method", string_match: { exact: POST } }] }',
    true,
  ],
  [
    '{ prefix: /, headers: [{ name: x-a, range_match: { start: 1, end: 9 } }] }',
    '{ prefix: /, headers: [{ name: x-a, string_match: { exact: "5" } }] }',
    true,
  ],
  [
    '{ prefix: /, headers: [{ name: x-a, range_match: { start: 1, end: 9 } }] }',
    '{ prefix: /, headers: [{ name: x-a, string_match: { exact: "9" } }] }',
    false,
  ],
  ['{ prefix: /, query_parameters: [{ name: a }] }', '{ prefix: /x, query_parameters: [{ name: a }] }', true],
  ['{ prefix: /, query_parameters: [{ name: a }] }', '{ prefix: /x, query_parameters: [{ name: b }] }', false],
  ['{ prefix: /, runtime_fraction: { default_value: { numerator: 100 } } }', '{ prefix: /x }', true],
  ['{ prefix: /, runtime_fraction: { default_value: { numerator: 50 } } }', '{ prefix: /x }', false],
  ['{ prefix: /, runtime_fraction: { runtime_key: k, default_value: { numerator: 100 } } }', '{ prefix: /x }', false],
  [
    '{ prefix: /, grpc: {} }',
    '{ prefix: /, headers: [{ name: content-type, string_match: { exact: application/grpc } }] }',
    true,
  ],
  [
    '{ prefix: /, headers: [{ name: ":method", string_match: { exact: POST } }] }',
    '{ path: /x, headers: [{ name: ":method", string_match: { exact: POST } }] }',
    true,
  ],
  ['{ prefix: / }', '{ connect_matcher: {} }', false],
  ['{ connect_matcher: {} }', '{ connect_matcher: {} }', true],
]

const GET = '{ name: ":method", string_match: { exact: GET } }'
const NOT_GET = '{ name: ":method", string_match: { exact: GET }, invert_match: true }'
const HAS_A = '{ name: x-a }'
const LACKS_A = '{ name: x-a, present_match: false }'
const A_IS_1 = '{ name: x-a, string_match: { exact: "1" } }'
const A_IS_NOT_1 = '{ name: x-a, string_match: { exact: "1" }, invert_match: true }'
const A_IS_1_NOT =
  '{ name: x-a, string_match: { exact: "1" }, invert_match: true, treat_missing_header_as_empty: true }'
const all = (...headers: string[]): string => `{ prefix: /, headers: [${headers.join(', ')}] }`

/** Earlier matches, a later one, and those of the first that together take all that the last could. */
const UNIONS: readonly (readonly [earlier: readonly string[], later: string, takers: readonly number[]])[] = [
  [['{ path: /a }', '{ prefix: /a/ }'], '{ path_separated_prefix: /a }', [0, 1]],
  [['{ prefix: /a/ }', '{ path: /x }', '{ path: /a }'], '{ path_separated_prefix: /a }', [0, 2]],
  [['{ path: /a }', '{ prefix: /a/b }'], '{ path_separated_prefix: /a }', []],
  [['{ path: /a }', '{ prefix: /a/ }'], '{ prefix: /a }', []],
  [['{ path: /a }', '{ path: /b }'], '{ safe_regex: { regex: "/(a|b)" } }', [0, 1]],
  [['{ path: /a }', '{ path: /b }'], '{ safe_regex: { regex: "/(a|b|c)" } }', []],
  [['{ path: /a }', '{ path: /b }'], '{ safe_regex: { regex: "/(a|b)*" } }', []],
  [['{ prefix: /a/ }', '{ prefix: /b }'], '{ safe_regex: { regex: "/(?:a|b)/[0-9]+" } }', [0, 1]],
  [[all(GET), all(NOT_GET)], '{ prefix: /x }', [0, 1]],
  [[all(HAS_A), all(LACKS_A)], '{ path: /x }', [0, 1]],
  [[all(LACKS_A), all(HAS_A)], all(A_IS_1, GET), [1]],
  [[all(A_IS_1), all(A_IS_NOT_1)], '{ prefix: / }', []],
  [[all(A_IS_1), all(A_IS_NOT_1)], all(HAS_A), [0, 1]],
  [[all(A_IS_1), all(A_IS_NOT_1), all(LACKS_A)], '{ prefix: / }', [0, 1, 2]],
  [[all(A_IS_1), all(A_IS_1_NOT)], '{ prefix: / }', [0, 1]],
  [[all(HAS_A, GET), all(LACKS_A)], '{ prefix: / }', []],
  [[all(HAS_A, GET), all(LACKS_A)], all(GET), [0, 1]],
  [[all(HAS_A, GET), all(LACKS_A, GET), all(NOT_GET)], '{ prefix: / }', [0, 1, 2]],
  [
    ['{ path: /a, headers: [{ name: x-a }] }', all(LACKS_A), '{ prefix: /a/, headers: [{ name: x-a }] }'],
    '{ path_separated_prefix: /a }',
    [0, 1, 2],
  ],
  [['{ path: /a, headers: [{ name: x-a }] }', all(LACKS_A)], '{ path_separated_prefix: /a }', []],
  [
    [
      '{ prefix: /, query_parameters: [{ name: q }] }',
      '{ prefix: /, query_parameters: [{ name: q, present_match: false }] }',
    ],
    '{ prefix: /b }',
    [0, 1],
  ],
  [
    [
      '{ prefix: /, cookies: [{ name: c, string_match: { exact: "1" } }] }',
      '{ prefix: /, cookies: [{ name: c, string_match: { exact: "1" }, invert_match: true }] }',
    ],
    '{ prefix: /b }',
    [0, 1],
  ],
  [
    ['{ prefix: /, tls_context: { presented: true } }', '{ prefix: /, tls_context: { presented: false } }'],
    '{ prefix: /b }',
    [0, 1],
  ],
  [
    [
      '{ prefix: /, runtime_fraction: { default_value: { numerator: 50 } } }',
      '{ prefix: /, runtime_fraction: { default_value: { numerator: 60 } } }',
    ],
    '{ prefix: /b }',
    [],
  ],
]

describe('shadowed-route by several routes together', () => {
  it.each(UNIONS)('%j before %s: %j', (earlier, later, takers) => {
    const found = shadows([...earlier, later].map((match) => `- { match: ${match}, route: { cluster: a } }`).join('\n'))
    expect(
      found.map(({ message }) => [...message.matchAll(/route (\d+) \(/g)].map(([, index]) => Number(index))),
    ).toEqual(takers.length === 0 ? [] : [takers])
    for (const { hint } of found)
      expect(hint).toMatch(/^witness: GET \S+ .*goes to route \d+|^witness: GET \S+ goes to route \d+/)
  })

  it('names them with their lines, and a request that goes to one of them', () => {
    const [found] = shadows(`
      - match: { path: /cart }
        route: { cluster: a }
      - match: { prefix: /cart/ }
        route: { cluster: a }
      - name: lost
        match: { path_separated_prefix: /cart }
        route: { cluster: b }`)
    expect(found!.message).toBe(
      'route 2 of virtual host "all" is never reached: route 0 (line 6) and route 1 (line 8) together take every request that it could',
    )
    expect(found!.hint).toBe(
      'witness: GET http://example.com/cart goes to route 0; move this route before them, or remove it',
    )
  })
})

describe('shadowed-route', () => {
  it.each(PAIRS)('%s before %s: %s', (earlier, later, shadowed) => {
    const found = shadows(`
      - match: ${earlier}
        route: { cluster: a }
      - match: ${later}
        route: { cluster: b }`)
    expect(found.map(({ line }) => line)).toEqual(shadowed ? [8] : [])
  })

  it('names the earlier route with its line, and a request to see it', () => {
    const [found] = shadows(`
      - name: everything
        match: { prefix: / }
        route: { cluster: a }
      - match: { prefix: /v2/cart, headers: [{ name: x-canary, string_match: { exact: "yes" } }] }
        route: { cluster: b }`)
    expect(found!.message).toBe(
      'route 1 of virtual host "all" is never reached: route 0 "everything" (line 6) takes every request that it could',
    )
    expect(found!.hint).toBe(
      `witness: GET http://example.com/v2/cart -H 'x-canary: yes' goes to route 0; move this route before it, or remove it`,
    )
  })

  it('gives a witness that reaches the virtual host through its own domains', () => {
    const view = viewOf(`
name: test
virtual_hosts:
- name: shop
  domains: ["*.shop.example"]
  require_tls: ALL
  routes:
  - { match: { prefix: / }, route: { cluster: a } }
  - { match: { prefix: /x }, route: { cluster: b } }
- name: exact
  domains: ["www.shop.example"]
  routes:
  - { match: { prefix: / }, route: { cluster: c } }
`)
    const [found] = lint(view, { only: ['shadowed-route'] })
    expect(found!.hint).toContain('GET https://x.shop.example/x goes to route 0')
  })

  it('leaves out what it cannot show by a request', () => {
    const list = `
      - match: { prefix: / }
        route: { cluster: a }
      - match: { prefix: /, tls_context: { presented: true } }
        route: { cluster: b }`
    expect(shadows(list)).toEqual([])
  })

  it('looks at thousands of routes that differ by a header in good time', () => {
    const list = Array.from(
      { length: 4000 },
      (_, i) =>
        `- { match: { prefix: /, headers: [{ name: x-id, string_match: { exact: "${i % 3999}" } }] }, route: { cluster: a } }`,
    )
    expect(shadows(list.join('\n')).map(({ line }) => line)).toEqual([4005])
  })
})

const paths = fc.constantFrom(
  'prefix: /',
  'prefix: /a',
  'path: /a',
  'path: /ab',
  'path_separated_prefix: /a',
  'safe_regex: { regex: "/a.*" }',
  'safe_regex: { regex: "/[ab]+" }',
  'safe_regex: { regex: "/(a|ab)" }',
  'prefix: /a/',
  'prefix: /A, case_sensitive: false',
)
const conditions = fc.constantFrom(
  '',
  ', headers: [{ name: x-h, string_match: { exact: "1" } }]',
  ', headers: [{ name: x-h, present_match: true }]',
  ', headers: [{ name: x-h, present_match: false }]',
  ', headers: [{ name: x-h, string_match: { exact: "1" }, treat_missing_header_as_empty: true, invert_match: true }]',
  ', headers: [{ name: ":method", string_match: { exact: GET } }]',
  ', headers: [{ name: ":method", string_match: { exact: GET }, invert_match: true }]',
  ', query_parameters: [{ name: q, present_match: false }]',
  ', headers: [{ name: x-h, string_match: { exact: "1" }, invert_match: true }]',
  ', headers: [{ name: x-h, string_match: { contains: "2" }, invert_match: true, treat_missing_header_as_empty: true }]',
  ', query_parameters: [{ name: q }]',
  ', runtime_fraction: { default_value: { numerator: 50 } }',
)
const request = fc.record({
  path: fc.constantFrom('/', '/a', '/A', '/ab', '/a/b', '/b', '/aba'),
  query: fc.constantFrom('', '?q', '?q=1'),
  header: fc.constantFrom<readonly (readonly [string, string])[]>(
    [],
    [['x-h', '1']],
    [['x-h', '2']],
    [['x-h', '']],
    [
      ['x-h', '1'],
      ['x-h', '2'],
    ],
  ),
  method: fc.constantFrom('GET', 'POST'),
  random: fc.constantFrom(0, 49, 50, 99),
})

describe('shadowed-route, on generated routes', () => {
  it('never calls a route dead that some request reaches, and its witnesses reach the earlier route', () => {
    const list = fc.array(fc.tuple(paths, conditions), { minLength: 2, maxLength: 7 })
    fc.assert(
      fc.property(list, fc.array(request, { minLength: 20, maxLength: 40 }), (matches, requests) => {
        const view = viewOf(
          routes(
            matches
              .map(([path, condition]) => `- { match: { ${path}${condition} }, route: { cluster: a } }`)
              .join('\n'),
          ),
        )
        const table = view.table(view.loaded.routeConfigurations[0]!)
        const found = lint(view, { only: ['shadowed-route'] })
        const dead = new Set(found.map(({ line }) => line - 6))
        for (const { path, query, header, method, random } of requests) {
          const prepared = prepareRequest({ method, url: `http://a${path}${query}`, headers: header, random })
          const index = table.route(prepared.headers, prepared.info, random)?.info.index
          expect(dead.has(index ?? -1)).toBe(false)
        }
        for (const { hint, line } of found) {
          const witness = /^witness: (\S+) (\S+)(?: -H '(x-h): (.*?)')? goes to route (\d+)/.exec(hint)!
          const told = explainRequest(view, {
            method: witness[1]!,
            url: witness[2]!,
            headers: witness[3] === undefined ? [] : [[witness[3], witness[4]!]],
          })
          expect(told.routing?.matched?.index).toBe(Number(witness[5]))
          expect(Number(witness[5])).toBeLessThan(line - 6)
        }
      }),
      { numRuns: 150 },
    )
  })
})

import { describe, expect, test } from 'vitest'
import { forward, request, routesYaml, streamInfo, tableFrom, tableFromPartial } from '../testing/table.ts'

function finalized(match: string, action: string, url: string, headers = {}, suppress = false) {
  const { table, problems } = tableFrom(routesYaml(`- { match: ${match}, route: { cluster: c, ${action} } }`))
  expect(problems).toEqual([])
  const asked = request(url, headers)
  forward(table, asked).finalizeRequestHeaders(asked, streamInfo(), suppress)
  return asked
}

const regex = (pattern: string, substitution: string): string =>
  `regex_rewrite: { pattern: { regex: '${pattern}' }, substitution: '${substitution}' }`
const template = (pattern: string): string =>
  `{ path_match_policy: { name: m, typed_config: { "@type": type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: "${pattern}" } } }`
const templateRewrite = (pattern: string): string =>
  `path_rewrite_policy: { name: r, typed_config: { "@type": type.googleapis.com/envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig, path_template_rewrite: "${pattern}" } }`

describe('path rewrites keep the query', () => {
  test.each([
    ['{ prefix: /list }', 'prefix_rewrite: /v2/list', '/list/shelf', '/v2/list/shelf'],
    ['{ path: /Search, case_sensitive: false }', 'prefix_rewrite: /find', '/sEARCH?q=a', '/find?q=a'],
    ['{ prefix: / }', regex('^/old-(.*?)-page(.*)$', '/\\1-sheet\\2'), '/old-front-page/top', '/front-sheet/top'],
    ['{ prefix: / }', regex('a', 'Z'), '/banana/tart?day=may', '/bZnZnZ/tZrt?day=may'],
    ['{ prefix: / }', regex('[lr]', 'W'), '/role/call?l=r', '/WoWe/caWW?l=r'],
    ["{ safe_regex: { regex: '.*/\\d{4}$' } }", 'prefix_rewrite: /year', '/sum/of/2026?all=yes', '/year?all=yes'],
    ['{ prefix: / }', regex('(^.*)/(\\d{2})$', '/on/\\2/of\\1'), '/may/day/24?q=a', '/on/24/of/may/day?q=a'],
    ['{ prefix: / }', 'path_rewrite: "%PATH(NQ:PATH)%/end"', '/a/long/way?to=go', '/a/long/way/end?to=go'],
    ['{ prefix: /drop }', 'prefix_rewrite: /', '/drop/x', '//x'],
    ['{ safe_regex: { regex: ".*" } }', 'prefix_rewrite: /whole', '/any/path?q', '/whole?q'],
    ['{ prefix: / }', regex('^/(a)(b)(c)', '/\\3\\2\\1\\0'), '/abc/d', '/cba/abc/d'],
    ['{ prefix: /half }', 'prefix_rewrite: /', '/halfway/x', '/way/x'],
    ['{ path_separated_prefix: /v1 }', 'prefix_rewrite: /v2/api', '/v1/cart?full=1#top', '/v2/api/cart?full=1#top'],
    ['{ prefix: /p }', 'path_rewrite: "%REQ(x-none)%"', '/p/a', '/p/a'],
    ['{ prefix: /p }', 'prefix_rewrite: ""', '/p/a', '/p/a'],
    [template('/{one}/{two}'), templateRewrite('/{two}/{one}'), '/salt/pepper?q=1', '/pepper/salt?q=1'],
    [
      template('/photos/{size}/{album}/{owner}/{name}.jpg'),
      templateRewrite('/{album}/{size}/{name}.jpg'),
      '/photos/large/sea-side/ann/wave_07.jpg',
      '/sea-side/large/wave_07.jpg',
    ],
    ['{ prefix: / }', regex('s', 'x\\1'), '/s1', '/s1'],
  ])('%s with %s: %s becomes %s', (match, action, path, expected) => {
    const headers = finalized(match, action, `h${path}`)
    expect(headers.path).toBe(expected)
  })

  test('the old path is kept in a header, also when the new one is the same, unless suppressed', () => {
    expect(finalized('{ prefix: /a }', 'prefix_rewrite: /b', 'h/a?q').get('x-envoy-original-path')).toBe('/a?q')
    expect(finalized('{ prefix: / }', regex('s', 'x\\1'), 'h/s').get('x-envoy-original-path')).toBe('/s')
    expect(finalized('{ prefix: /p }', 'path_rewrite: "%REQ(x-none)%"', 'h/p').has('x-envoy-original-path')).toBe(false)
    expect(finalized('{ prefix: /a }', 'prefix_rewrite: /b', 'h/a', {}, true).has('x-envoy-original-path')).toBe(false)
  })
})

test('a path that another route rewrites stays as it is on the one that takes it', () => {
  const { table } = tableFrom(
    routesYaml(`
      - { match: { path: /tar, case_sensitive: false }, route: { cluster: c, prefix_rewrite: /car } }
      - { match: { prefix: / }, route: { cluster: c } }
    `),
  )
  const rewritten = (path: string): string => {
    const headers = request(`h${path}`)
    forward(table, headers).finalizeRequestHeaders(headers, streamInfo(), false)
    return headers.path
  }
  expect(['/Tar?q', '/tAr', '/Tart', '/tar/x'].map(rewritten)).toEqual(['/car?q', '/car', '/Tart', '/tar/x'])
})

test('the whole of what a CONNECT names as its path is rewritten', () => {
  const { table } = tableFrom(
    routesYaml('- { match: { connect_matcher: {} }, route: { cluster: c, prefix_rewrite: /new } }'),
  )
  const headers = request('h/old/path')
  headers.method = 'CONNECT'
  forward(table, headers).finalizeRequestHeaders(headers, streamInfo(), false)
  expect(headers.path).toBe('/new')
})

test.each([
  ['/a/b;q', '/E;q'],
  ['/a;p/b', '/a;p/b'],
])('a prefix rewrite leaves a path alone that matches only without its parameters: %s becomes %s', (path, expected) => {
  const { table } = tableFrom(
    `ignore_path_parameters_in_path_matching: true\n${routesYaml('- { match: { path: /a/b }, route: { cluster: c, prefix_rewrite: /E } }')}`,
  )
  const headers = request(`h${path}`)
  forward(table, headers).finalizeRequestHeaders(headers, streamInfo(), false)
  expect(headers.path).toBe(expected)
})

describe('host rewrites', () => {
  test.each([
    ['host_rewrite_literal: new.host', 'orig/', {}, 'new.host'],
    ['host_rewrite_header: X-H', 'orig/', { 'x-h': 'from.header' }, 'from.header'],
    ['host_rewrite_header: X-H', 'orig/', {}, 'orig'],
    [
      "host_rewrite_path_regex: { pattern: { regex: '^/.+/(.+)$' }, substitution: '\\1' }",
      'orig/tenants/blue.example?q=1',
      {},
      'blue.example',
    ],
    ['host_rewrite: "%REQ(x-tenant):9%"', 'orig/', { 'x-tenant': 'a.example and more' }, 'a.example'],
    ['host_rewrite: "%REQ(x-none)%"', 'orig/', {}, '-'],
    ['auto_host_rewrite: true', 'orig/', {}, 'orig'],
  ])('%s on %s: %s', (action, url, headers, expected) => {
    expect(finalized('{ prefix: / }', action, url, headers).authority).toBe(expected)
  })

  test('read headers after the mutations of the route', () => {
    const { table } = tableFrom(
      routesYaml(`
        - match: { prefix: / }
          request_headers_to_add: [{ header: { key: x-h, value: added } }]
          route: { cluster: c, host_rewrite_header: x-h, path_rewrite: "/%REQ(x-h)%" }
      `),
    )
    const headers = request('orig/a')
    forward(table, headers).finalizeRequestHeaders(headers, streamInfo(), false)
    expect([headers.authority, headers.path]).toEqual(['added', '/added'])
  })

  test.each([
    [{}, 'shop.example'],
    [{ 'x-forwarded-host': 'first' }, 'first,shop.example'],
    [{ 'x-forwarded-host': 'first,shop.example' }, 'first,shop.example'],
    [{ 'x-forwarded-host': ['first', 'second'] }, 'first,second,shop.example'],
  ])('append_x_forwarded_host to %j: %s', (headers, expected) => {
    const done = finalized(
      '{ prefix: / }',
      'host_rewrite_literal: new, append_x_forwarded_host: true',
      'shop.example/',
      headers,
    )
    expect(done.getAll('x-forwarded-host')).toEqual([expected])
    expect(done.get('x-envoy-original-host')).toBe('shop.example')
  })

  test('leave no trace when suppressed or when nothing changes', () => {
    expect(
      finalized('{ prefix: / }', 'host_rewrite_literal: new', 'orig/', {}, true).has('x-envoy-original-host'),
    ).toBe(false)
    const unchanged = finalized('{ prefix: / }', 'host_rewrite_header: x-none, append_x_forwarded_host: true', 'orig/')
    expect([unchanged.has('x-envoy-original-host'), unchanged.has('x-forwarded-host')]).toEqual([false, false])
  })
})

describe('problems', () => {
  test.each([
    ['{ prefix: / }', 'prefix_rewrite: /a, path_rewrite: /b', 'oneof-conflict', 'path_rewrite'],
    ['{ prefix: / }', `prefix_rewrite: /a, ${regex('a', 'b')}`, 'oneof-conflict', 'regex_rewrite'],
    [template('/{a}'), 'prefix_rewrite: /x', 'oneof-conflict', 'prefix_rewrite'],
    ['{ prefix: / }', templateRewrite('/a'), 'oneof-conflict', 'path_rewrite_policy'],
    [
      template('/{a}'),
      templateRewrite('/{b}'),
      'invalid-template',
      'path_rewrite_policy.typed_config.path_template_rewrite',
    ],
    ['{ prefix: / }', regex('(?=a)', 'b'), 'invalid-regex', 'regex_rewrite.pattern.regex'],
    ['{ prefix: / }', 'path_rewrite: "%NOPE%"', 'unknown-operator', 'path_rewrite'],
    ['{ prefix: / }', 'host_rewrite: "50%"', 'bad-format', 'host_rewrite'],
  ])('%s with %s: %s', (match, action, code, path) => {
    const { problems } = tableFromPartial(routesYaml(`- { match: ${match}, route: { cluster: c, ${action} } }`))
    expect(problems.map((problem) => [problem.code, problem.path])).toEqual([
      [code, `virtual_hosts[0].routes[0].route.${path}`],
    ])
    expect(problems[0]!.line).toBeGreaterThan(1)
  })

  test('a redirect cannot rewrite the prefix of a template', () => {
    const { problems } = tableFromPartial(
      routesYaml(`- { match: ${template('/{a}')}, redirect: { prefix_rewrite: /x } }`),
    )
    expect(problems.map(({ code, path }) => [code, path])).toEqual([
      ['oneof-conflict', 'virtual_hosts[0].routes[0].redirect.prefix_rewrite'],
    ])
  })

  test('a bad backslash in a substitution is only a warning', () => {
    const { problems } = tableFrom(
      routesYaml(`- { match: { prefix: / }, route: { cluster: c, ${regex('a', '\\x')} } }`),
    )
    expect(problems.map(({ code, severity }) => [code, severity])).toEqual([['invalid-substitution', 'warning']])
  })
})

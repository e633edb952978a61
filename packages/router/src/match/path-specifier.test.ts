import { describe, expect, test } from 'vitest'
import { clusterOf, request, routesYaml, tableFrom, tableFromPartial } from '../testing/table.ts'

function matches(match: string, path: string, more = ''): boolean {
  const { table, problems } = tableFrom(
    `${more}\n${routesYaml(`- { match: ${match}, route: { cluster: yes } }`)}`.replaceAll(
      'cluster: yes',
      'cluster: "yes"',
    ),
  )
  expect(problems).toEqual([])
  return clusterOf(table, request(`h${path}`)) === 'yes'
}

describe('prefix and path', () => {
  test.each([
    ['{ prefix: /foo }', '/foobar', true],
    ['{ prefix: /foo }', '/foo?x', true],
    ['{ prefix: /foo }', '/FOO', false],
    ['{ prefix: /foo, case_sensitive: false }', '/FOOx', true],
    ['{ prefix: /foo }', '/fo', false],
    ['{ prefix: "/foo?x" }', '/foo?x', false],
    ['{ path: /foo }', '/foo?x=1', true],
    ['{ path: /foo }', '/foo#x', true],
    ['{ path: /foo }', '/foo/', false],
    ['{ path: /FOO, case_sensitive: false }', '/foo', true],
    ['{ path: /tar, case_sensitive: false }', '/Tart', false],
    ['{ path: "/a b" }', '/a%20b', false],
  ])('%s on %s: %s', (match, path, expected) => {
    expect(matches(match, path)).toBe(expected)
  })
})

describe('path_separated_prefix', () => {
  test.each([
    ['/rest/api', true],
    ['/rest/api?param=true', true],
    ['/rest/api#fragment', true],
    ['/rest/api/', true],
    ['/rest/api/thing?param=true', true],
    ['/rest/apithing', false],
    ['/rest', false],
    ['/REST/api', false],
  ])('/rest/api on %s: %s', (path, expected) => {
    expect(matches('{ path_separated_prefix: /rest/api }', path)).toBe(expected)
  })

  test('without case', () => {
    expect(matches('{ path_separated_prefix: /Rest, case_sensitive: false }', '/rEST/x')).toBe(true)
  })

  test.each(['/a/', '/a?b', '/a#b'])('refuses %s', (text) => {
    const { problems } = tableFromPartial(
      routesYaml(`- { match: { path_separated_prefix: "${text}" }, route: { cluster: c } }`),
    )
    expect(problems.filter(({ code }) => code === 'rule' || code === 'missing-field')).not.toEqual([])
  })
})

describe('safe_regex', () => {
  test.each([
    ['/t[io]c', '/tic', true],
    ['/t[io]c', '/toc', true],
    ['/t[io]c', '/tic?tac=true', true],
    ['/t[io]c', '/tick', false],
    ['/t[io]c', '/tic/toc', false],
    ['/t[io]c', '/tac?tic=true', false],
    ['/baa+', '/baaaa', true],
    ['/baa+', '/ba', false],
    ['(?i)/ABC', '/abc', true],
    ['/ABC', '/abc', false],
  ])('%s on %s: %s', (regex, path, expected) => {
    expect(matches(`{ safe_regex: { regex: "${regex}" }, case_sensitive: false }`, path)).toBe(expected)
  })
})

describe('ignore_path_parameters_in_path_matching', () => {
  test.each([
    ['{ path: /a }', '/a;x=1', false, true],
    ['{ path: /a/b }', '/a;p;q/b;r', false, true],
    ['{ path: /a/b }', '/a/;p/b', false, false],
    ['{ path: / }', '/;x', false, true],
    ['{ path_separated_prefix: /a/b }', '/a;p/b;q/c', false, true],
    ['{ path_separated_prefix: /a/b }', '/a/bx;q', false, false],
    ['{ prefix: /a;x }', '/a;x', true, false],
    ['{ path: /a }', '/a?b=;c', true, true],
    ['{ safe_regex: { regex: /a } }', '/a;x?y', false, true],
    ['{ safe_regex: { regex: "/r/.*" } }', '/r;p/x', false, true],
  ])('%s on %s: %s; with it: %s', (match, path, plain, ignoring) => {
    expect(matches(match, path)).toBe(plain)
    expect(matches(match, path, 'ignore_path_parameters_in_path_matching: true')).toBe(ignoring)
  })

  test('templates see parameters all the same', () => {
    const template =
      '{ path_match_policy: { name: m, typed_config: { "@type": type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: "/m/{x}/z" } } }'
    expect(matches(template, '/m/x;y/z', 'ignore_path_parameters_in_path_matching: true')).toBe(true)
    expect(matches(template, '/m/x/z;q', 'ignore_path_parameters_in_path_matching: true')).toBe(false)
  })
})

describe('connect_matcher', () => {
  test.each([
    ['CONNECT', '', true],
    ['GET', '', false],
    ['CONNECT', 'websocket', false],
    ['GET', 'websocket', false],
    ['CONNECT', 'connect-udp', true],
    ['GET', 'connect-udp', true],
  ])('%s with the protocol %j: %s', (method, protocol, expected) => {
    const { table } = tableFrom(routesYaml('- { match: { connect_matcher: {} }, route: { cluster: c } }'))
    const asked = request('h/')
    asked.method = method
    asked.protocol = protocol
    expect(clusterOf(table, asked) === 'c').toBe(expected)
  })

  test('is all that a request without a path can match', () => {
    const { table } = tableFrom(
      routesYaml(`
        - { match: { prefix: "" }, route: { cluster: prefix } }
        - { match: { safe_regex: { regex: ".*" } }, route: { cluster: regex } }
        - { match: { connect_matcher: {} }, route: { cluster: connect } }
      `),
    )
    const asked = request('h:443')
    asked.method = 'CONNECT'
    expect(clusterOf(table, asked)).toBe('connect')
  })
})

describe('path_match_policy', () => {
  const policy = (pattern: string): string =>
    `{ path_match_policy: { name: m, typed_config: { "@type": type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: "${pattern}" } } }`
  test.each([
    ['/photos/*/*/*.jpg', '/photos/ann/sea-side/wave_07.jpg?x', true],
    ['/{a}/b', '/x/b', true],
    ['/{a}/b', '/x/c', false],
  ])('%s on %s: %s', (pattern, path, expected) => {
    expect(matches(policy(pattern), path)).toBe(expected)
  })

  test('reports a template that is refused', () => {
    const { problems } = tableFromPartial(routesYaml(`- { match: ${policy('/**/{a}')}, route: { cluster: c } }`))
    expect(problems).toMatchObject([
      {
        code: 'invalid-template',
        path: 'virtual_hosts[0].routes[0].match.path_match_policy.typed_config.path_template',
      },
    ])
  })
})

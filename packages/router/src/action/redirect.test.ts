import { load } from '@nuncio/config'
import { describe, expect, test } from 'vitest'
import { request, routesYaml, streamInfo, tableFrom, tableFromPartial } from '../testing/table.ts'

function redirect(match: string, action: string, host: string, proto: string, path: string) {
  const { table, problems } = tableFrom(routesYaml(`- { match: ${match}, redirect: { ${action} } }`))
  expect(problems).toEqual([])
  const headers = request(`${host}${path}`, { 'x-forwarded-proto': proto })
  headers.scheme = proto
  const route = table.route(headers, streamInfo(), 0)
  if (route?.kind !== 'redirect') throw new Error('no redirect')
  return { status: route.status, location: route.location(headers) }
}

const any = '{ prefix: / }'
const regex = (pattern: string, substitution: string): string =>
  `regex_rewrite: { pattern: { regex: '${pattern}' }, substitution: '${substitution}' }`

describe('locations', () => {
  test.each([
    ['redirect.lyft.com', 'http', any, 'host_redirect: new.lyft.com', '/host', 'http://new.lyft.com/host'],
    ['redirect.lyft.com', 'https', any, 'path_redirect: /new_path', '/path', 'https://redirect.lyft.com/new_path'],
    [
      'redirect.lyft.com',
      'https',
      any,
      'path_redirect: new_path_without_slash',
      '/path',
      'https://redirect.lyft.com/new_path_without_slash',
    ],
    ['redirect.lyft.com', 'http', any, 'https_redirect: true', '/https', 'https://redirect.lyft.com/https'],
    ['redirect.lyft.com', 'http', any, 'port_redirect: 8080', '/port', 'http://redirect.lyft.com:8080/port'],
    ['redirect.lyft.com:8080', 'http', any, 'port_redirect: 8181', '/port', 'http://redirect.lyft.com:8181/port'],
    [
      'redirect.lyft.com',
      'http',
      any,
      'scheme_redirect: ws, host_redirect: new.lyft.com, port_redirect: 8080',
      '/x',
      'ws://new.lyft.com:8080/x',
    ],
    ['redirect.lyft.com:80', 'https', any, 'scheme_redirect: ws', '/ws', 'ws://redirect.lyft.com:80/ws'],
    ['redirect.lyft.com:443', 'http', any, 'scheme_redirect: ws', '/ws', 'ws://redirect.lyft.com:443/ws'],
    ['redirect.lyft.com:80', 'http', any, 'https_redirect: true', '/x', 'https://redirect.lyft.com/x'],
    ['redirect.lyft.com:443', 'https', any, 'scheme_redirect: http', '/x', 'http://redirect.lyft.com/x'],
    ['redirect.lyft.com:80', 'http', any, 'path_redirect: /y', '/x', 'http://redirect.lyft.com:80/y'],
    ['[fe80::1]:8080', 'http', any, 'port_redirect: 8181', '/port', 'http://[fe80::1]:8181/port'],
    ['[fe80::1]', 'http', any, 'port_redirect: 8181', '/port', 'http://[fe80::1]:8181/port'],
    ['[fe80::1]:80', 'http', any, 'https_redirect: true', '/x', 'https://[fe80::1]/x'],
    [
      'redirect.lyft.com',
      'http',
      '{ prefix: /prefix }',
      'prefix_rewrite: /new/prefix',
      '/prefix/some/path/?lang=eng&con=US',
      'http://redirect.lyft.com/new/prefix/some/path/?lang=eng&con=US',
    ],
    [
      'redirect.lyft.com',
      'http',
      '{ prefix: /ignore-this/ }',
      'prefix_rewrite: /',
      '/ignore-this/use/',
      'http://redirect.lyft.com/use/',
    ],
    [
      'redirect.lyft.com',
      'http',
      '{ prefix: /ignore-substring }',
      'prefix_rewrite: /',
      '/ignore-substring-to/use/',
      'http://redirect.lyft.com/-to/use/',
    ],
    [
      'redirect.lyft.com',
      'http',
      "{ safe_regex: { regex: '/[r][e][g][e][x].*' } }",
      'prefix_rewrite: /new/regex-prefix/',
      '/regex/hello/',
      'http://redirect.lyft.com/new/regex-prefix/',
    ],
    [
      'redirect.lyft.com',
      'http',
      '{ prefix: /foo/ }',
      regex('/foo/([0-9]{4})/(.*)', '/\\2/\\1/baz'),
      '/foo/9000/endpoint?lang=eng&con=US',
      'http://redirect.lyft.com/endpoint/9000/baz?lang=eng&con=US',
    ],
    [
      'redirect.lyft.com',
      'http',
      '{ prefix: /prefix/ }',
      regex('/foo/([0-9]{4})/(.*)', '/\\2/\\1/baz'),
      '/prefix/foo/1984/bar/anything',
      'http://redirect.lyft.com/prefix/bar/anything/1984/baz',
    ],
    [
      'redirect.lyft.com',
      'http',
      '{ prefix: /query/true }',
      'prefix_rewrite: /new/prefix, strip_query: true',
      '/query/true?lang=eng',
      'http://redirect.lyft.com/new/prefix',
    ],
    [
      'redirect.lyft.com',
      'https',
      any,
      'path_redirect: /new/path-redirect/',
      '/path/redirect/?lang=eng&con=US',
      'https://redirect.lyft.com/new/path-redirect/?lang=eng&con=US',
    ],
    [
      'redirect.lyft.com',
      'https',
      any,
      'path_redirect: /new/path-redirect/, strip_query: true',
      '/path/redirect/?lang=eng&con=US',
      'https://redirect.lyft.com/new/path-redirect/',
    ],
    [
      'redirect.lyft.com',
      'https',
      any,
      'path_redirect: "/new/path-redirect?foo=1"',
      '/path/redirect/?bar=1',
      'https://redirect.lyft.com/new/path-redirect?foo=1',
    ],
    [
      'redirect.lyft.com',
      'https',
      any,
      'path_redirect: "/new/path-redirect?foo=2", strip_query: true',
      '/path/redirect/?bar=1',
      'https://redirect.lyft.com/new/path-redirect?foo=2',
    ],
    [
      'redirect.lyft.com',
      'http',
      '{ prefix: /all/combinations }',
      'host_redirect: new.lyft.com, prefix_rewrite: /new/prefix, https_redirect: true, strip_query: true',
      '/all/combinations/here/we/go?key=value',
      'https://new.lyft.com/new/prefix/here/we/go',
    ],
    [
      'orig.host:80',
      'http',
      '{ prefix: /redz }',
      'prefix_rewrite: /n, port_redirect: 8443, https_redirect: true',
      '/redz/a?b',
      'https://orig.host:8443/n/a?b',
    ],
    ['h', 'http', any, 'path_rewrite: "/new%PATH(NQ:PATH)%"', '/f/a?x=1', 'http://h/new/f/a?x=1'],
    ['h', 'http', any, 'path_rewrite: "/new%PATH(NQ:PATH)%", strip_query: true', '/f/a?x=1', 'http://h/new/f/a'],
    ['h', 'http', any, 'path_rewrite: "/h%REQ(x-none)%?a=1", strip_query: true', '/h?z=2', 'http://h/h?a=1'],
    ['h', 'http', any, 'path_rewrite: "%REQ(x-none)%", host_redirect: o.com', '/e?b', 'http://o.com/e?b'],
    ['h', 'http', any, 'path_rewrite: "%PATH(WQ:PATH)%"', '/q/a?x=1', 'http://h/q/a?x=1'],
    ['h', 'http', any, 'path_rewrite: "noslash#f"', '/n?x', 'http://h/noslash#f?x'],
    ['orig.host:80', 'http', any, 'path_redirect: "/n#f", strip_query: true', '/redq?x', 'http://orig.host:80/n#f'],
  ])('%s (%s) %s { %s } on %s: %s', (host, proto, match, action, path, location) => {
    expect(redirect(match, action, host, proto, path).location).toBe(location)
  })
})

test.each([
  ['path_rewrite: "%NOPE%"', 'unknown-operator'],
  ['path_rewrite: /a, prefix_rewrite: /b', 'oneof-conflict'],
])('{ %s } is refused: %s', (action, code) => {
  const { problems } = tableFromPartial(routesYaml(`- { match: { prefix: / }, redirect: { ${action} } }`))
  const loaded = load(
    'envoy.config.route.v3.RouteConfiguration',
    routesYaml(`- { match: { prefix: / }, redirect: { ${action} } }`),
  )
  expect([...loaded.problems, ...problems].map((problem) => problem.code)).toContain(code)
})

test('a path that is made by a format sees the stream', () => {
  const { table } = tableFrom(routesYaml('- { match: { prefix: / }, redirect: { path_rewrite: "/%PROTOCOL%" } }'))
  const info = streamInfo()
  info.protocol = 'HTTP/2'
  const route = table.route(request('h/x'), info, 0)
  expect(route?.kind === 'redirect' && route.location(request('h/x'), info)).toBe('http://h/HTTP/2')
})

test.each([
  ['https_redirect: true', 301],
  ['response_code: FOUND', 302],
  ['response_code: SEE_OTHER', 303],
  ['response_code: TEMPORARY_REDIRECT', 307],
  ['response_code: PERMANENT_REDIRECT', 308],
])('{ %s } answers %s', (action, status) => {
  expect(redirect(any, action, 'h', 'http', '/').status).toBe(status)
})

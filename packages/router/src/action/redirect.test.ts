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
    ['shop.example', 'http', any, 'host_redirect: store.example', '/cart', 'http://store.example/cart'],
    ['shop.example', 'https', any, 'path_redirect: /moved', '/cart', 'https://shop.example/moved'],
    ['shop.example', 'https', any, 'path_redirect: moved', '/cart', 'https://shop.example/moved'],
    ['shop.example', 'http', any, 'https_redirect: true', '/cart', 'https://shop.example/cart'],
    ['shop.example', 'http', any, 'port_redirect: 8000', '/cart', 'http://shop.example:8000/cart'],
    ['shop.example:8000', 'http', any, 'port_redirect: 9000', '/cart', 'http://shop.example:9000/cart'],
    ['shop.example', 'http', any, 'scheme_redirect: ftp, host_redirect: files.example, port_redirect: 2121', '/a', 'ftp://files.example:2121/a'],
    ['shop.example:80', 'https', any, 'scheme_redirect: ftp', '/a', 'ftp://shop.example:80/a'],
    ['shop.example:443', 'http', any, 'scheme_redirect: ftp', '/a', 'ftp://shop.example:443/a'],
    ['shop.example:80', 'http', any, 'https_redirect: true', '/a', 'https://shop.example/a'],
    ['shop.example:443', 'https', any, 'scheme_redirect: http', '/a', 'http://shop.example/a'],
    ['shop.example:80', 'http', any, 'path_redirect: /b', '/a', 'http://shop.example:80/b'],
    ['[2001:db8::7]:8000', 'http', any, 'port_redirect: 9000', '/a', 'http://[2001:db8::7]:9000/a'],
    ['[2001:db8::7]', 'http', any, 'port_redirect: 9000', '/a', 'http://[2001:db8::7]:9000/a'],
    ['[2001:db8::7]:80', 'http', any, 'https_redirect: true', '/a', 'https://[2001:db8::7]/a'],
    ['shop.example', 'http', '{ prefix: /old }', 'prefix_rewrite: /v2/new', '/old/shelf/3/?page=2&sort=up', 'http://shop.example/v2/new/shelf/3/?page=2&sort=up'],
    ['shop.example', 'http', '{ prefix: /drop/ }', 'prefix_rewrite: /', '/drop/keep/', 'http://shop.example/keep/'],
    ['shop.example', 'http', '{ prefix: /half }', 'prefix_rewrite: /', '/half-way/there/', 'http://shop.example/-way/there/'],
    ['shop.example', 'http', "{ safe_regex: { regex: '/item[0-9]+.*' } }", 'prefix_rewrite: /items/', '/item7/photo/', 'http://shop.example/items/'],
    ['shop.example', 'http', '{ prefix: /by/ }', regex('/by/([0-9]{2})/(.*)', '/\\2/in/\\1'), '/by/24/month?page=2&sort=up', 'http://shop.example/month/in/24?page=2&sort=up'],
    ['shop.example', 'http', '{ prefix: /list/ }', regex('/by/([0-9]{2})/(.*)', '/\\2/in/\\1'), '/list/by/25/year/sum', 'http://shop.example/list/year/sum/in/25'],
    ['shop.example', 'http', '{ prefix: /find/all }', 'prefix_rewrite: /list, strip_query: true', '/find/all?page=2', 'http://shop.example/list'],
    ['shop.example', 'https', any, 'path_redirect: /here/', '/there/?page=2&sort=up', 'https://shop.example/here/?page=2&sort=up'],
    ['shop.example', 'https', any, 'path_redirect: /here/, strip_query: true', '/there/?page=2', 'https://shop.example/here/'],
    ['shop.example', 'https', any, 'path_redirect: "/here?own=1"', '/there/?page=2', 'https://shop.example/here?own=1'],
    ['shop.example', 'https', any, 'path_redirect: "/here?own=2", strip_query: true', '/there/?page=2', 'https://shop.example/here?own=2'],
    ['shop.example', 'http', '{ prefix: /at/once }', 'host_redirect: store.example, prefix_rewrite: /now, https_redirect: true, strip_query: true', '/at/once/or/never?page=2', 'https://store.example/now/or/never'],
    ['shop.example:80', 'http', '{ prefix: /red }', 'prefix_rewrite: /n, port_redirect: 8443, https_redirect: true', '/red/a?b', 'https://shop.example:8443/n/a?b'],
    ['h', 'http', any, 'path_rewrite: "/new%PATH(NQ:PATH)%"', '/f/a?x=1', 'http://h/new/f/a?x=1'],
    ['h', 'http', any, 'path_rewrite: "/new%PATH(NQ:PATH)%", strip_query: true', '/f/a?x=1', 'http://h/new/f/a'],
    ['h', 'http', any, 'path_rewrite: "/h%REQ(x-none)%?a=1", strip_query: true', '/h?z=2', 'http://h/h?a=1'],
    ['h', 'http', any, 'path_rewrite: "%REQ(x-none)%", host_redirect: o.com', '/e?b', 'http://o.com/e?b'],
    ['h', 'http', any, 'path_rewrite: "%PATH(WQ:PATH)%"', '/q/a?x=1', 'http://h/q/a?x=1'],
    ['h', 'http', any, 'path_rewrite: "noslash#f"', '/n?x', 'http://h/noslash#f?x'],
    ['shop.example:80', 'http', any, 'path_redirect: "/n#f", strip_query: true', '/red?x', 'http://shop.example:80/n#f'],
  ])('%s (%s) %s { %s } on %s: %s', (host, proto, match, action, path, location) => {
    expect(redirect(match, action, host, proto, path).location).toBe(location)
  }) // prettier-ignore
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

describe('the path of the request that is redirected', () => {
  const rewritten = (action: string, suppress: boolean): unknown[] => {
    const { table } = tableFrom(routesYaml(`- { match: { prefix: /old }, redirect: { ${action} } }`))
    const headers = request('h/old/a?b')
    const route = table.route(headers, streamInfo(), 0)
    if (route?.kind !== 'redirect') throw new Error('no redirect')
    route.rewritePath(headers, suppress)
    return [headers.path, headers.get('x-envoy-original-path')]
  }

  test.each([
    ['prefix_rewrite: /new', '/new/a?b', '/old/a?b'],
    [regex('/old/(.*)', '/\\1'), '/a?b', '/old/a?b'],
    ['path_redirect: /new', '/old/a?b', undefined],
    ['path_rewrite: /new', '/old/a?b', undefined],
    ['https_redirect: true', '/old/a?b', undefined],
  ])('with { %s } becomes %s', (action, path, original) => {
    expect(rewritten(action, false)).toEqual([path, original])
  })

  test('leaves no trace of the old one where Envoy headers are suppressed', () => {
    expect(rewritten('prefix_rewrite: /new', true)).toEqual(['/new/a?b', undefined])
  })
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

import { describe, expect, test } from 'vitest'
import { request, streamInfo, tableFrom, tableFromPartial } from '../testing/table.ts'

function hostOf(yaml: string, host: string, headers = {}): string | undefined {
  const { table, problems } = tableFrom(yaml)
  expect(problems).toEqual([])
  return table.route(request(`${host}/`, headers), streamInfo(), 0)?.virtualHost.name
}

const yamlHost = (name: string, domains: string): string => `
- name: ${name}
  domains: [${domains}]
  routes: [{ match: { prefix: / }, route: { cluster: ${name} } }]`

describe('exact before suffix before prefix before any, the longest first', () => {
  const yaml = `virtual_hosts:${yamlHost('exact', 'my.shop.test, my.shop.tt, mmy.shop.test')}${yamlHost('suffix', '"*y.shop.test"')}${yamlHost(
    'prefix',
    'my.shop.t*, by.shop.t*',
  )}${yamlHost('default', '"*"')}`
  test.each([
    ['my.shop.test', 'exact'],
    ['mmy.shop.test', 'exact'],
    ['my.shop.tt', 'exact'],
    ['by.shop.test', 'suffix'],
    ['my.shop.tes', 'prefix'],
    ['y.shop.test', 'default'],
    ['my.shop.t', 'default'],
    ['MY.SHOP.TEST', 'exact'],
  ])('%s goes to %s', (host, expected) => {
    expect(hostOf(yaml, host)).toBe(expected)
  })
})

describe('wildcards of several lengths', () => {
  const yaml = `virtual_hosts:${yamlHost('long', '"*.shop.test", "*-eu.cdn.test"')}${yamlHost('short', '"*.cdn.test"')}${yamlHost('default', '"*"')}${yamlHost('cased', 'NEWS.test')}`
  test.each([
    ['my.shop.test', 'long'],
    ['img-eu.cdn.test', 'long'],
    ['-eu.cdn.test', 'short'],
    ['eu.cdn.test', 'short'],
    ['.shop.test', 'default'],
    ['shop.test', 'default'],
    ['news.test', 'cased'],
    ['NEWS.TEST', 'cased'],
  ])('%s goes to %s', (host, expected) => {
    expect(hostOf(yaml, host)).toBe(expected)
  })
})

describe('a * that is not at an end is a character like others', () => {
  const yaml = `virtual_hosts:${yamlHost('middle', 'a*b')}${yamlHost('both', '"*a*"')}`
  test.each([
    ['a*b', 'middle'],
    ['axb', undefined],
    ['xa*', 'both'],
  ])('%s goes to %s', (host, expected) => {
    expect(hostOf(yaml, host)).toBe(expected)
  })
})

describe('ports', () => {
  const hosts = `virtual_hosts:${yamlHost('plain', 'a.com')}${yamlHost('port', 'b.com:8080')}${yamlHost('six', '"[::1]"')}`
  test.each([
    ['a.com:80', undefined, 'plain'],
    ['b.com:8080', 'port', undefined],
    ['[::1]:80', undefined, 'six'],
    ['[::1]', 'six', 'six'],
    ['a.com:abc', undefined, 'plain'],
  ])('%s goes to %s, with ignore_port_in_host_matching to %s', (host, kept, ignored) => {
    expect(hostOf(hosts, host)).toBe(kept)
    expect(hostOf(`ignore_port_in_host_matching: true\n${hosts}`, host)).toBe(ignored)
  })
})

test('a lone * is taken without looking at the host', () => {
  const yaml = `virtual_hosts:${yamlHost('any', '"*"')}`
  expect(hostOf(yaml, '')).toBe('any')
  expect(hostOf(`virtual_hosts:${yamlHost('any', '"*"')}${yamlHost('a', 'a')}`, '')).toBeUndefined()
})

describe('vhost_header', () => {
  const hosts = `virtual_hosts:${yamlHost('a', 'a.com')}${yamlHost('any', '"*"')}`
  test.each([
    [{ 'x-host': 'A.com' }, 'a'],
    [{ 'x-host': 'b.com' }, 'any'],
    [{ 'x-host': ['a.com', 'b.com'] }, 'a'],
    [{}, undefined],
  ])('%j goes to %s', (headers, expected) => {
    expect(hostOf(`vhost_header: X-Host\n${hosts}`, 'b.com', headers)).toBe(expected)
  })
})

describe('require_tls', () => {
  const yaml = (value: string): string => `virtual_hosts:
- name: v
  domains: ["*"]
  require_tls: ${value}
  response_headers_to_add: [{ header: { key: x-v, value: "1" } }]
  routes: [{ match: { prefix: /x }, route: { cluster: c } }]`
  test.each([
    ['NONE', { 'x-forwarded-proto': 'http' }, 'forward', ''],
    ['ALL', { 'x-forwarded-proto': 'http' }, 'redirect', 'https://a.com:80/x?q=1'],
    ['ALL', { 'x-forwarded-proto': 'https' }, 'forward', ''],
    ['ALL', { 'x-forwarded-proto': 'HTTPS' }, 'redirect', 'https://a.com:80/x?q=1'],
    ['ALL', { 'x-forwarded-proto': 'http', 'x-envoy-internal': 'true' }, 'redirect', 'https://a.com:80/x?q=1'],
    ['EXTERNAL_ONLY', { 'x-forwarded-proto': 'http', 'x-envoy-internal': 'true' }, 'forward', ''],
    ['EXTERNAL_ONLY', { 'x-forwarded-proto': 'http' }, 'redirect', 'https://a.com:80/x?q=1'],
    ['ALL', { 'x-forwarded-proto': [] }, undefined, ''],
    ['NONE', { 'x-forwarded-proto': [] }, 'forward', ''],
    ['NONE', { 'x-forwarded-proto': '' }, undefined, ''],
    ['EXTERNAL_ONLY', { 'x-forwarded-proto': '', 'x-envoy-internal': 'true' }, undefined, ''],
  ])('%s with %j: %s', (value, headers, kind, location) => {
    const { table } = tableFrom(yaml(value))
    const asked = request('a.com:80/x?q=1', headers)
    const route = table.route(asked, streamInfo(), 0)
    expect(route?.kind).toBe(kind)
    if (route?.kind !== 'redirect') return
    expect(route.status).toBe(301)
    expect(route.location(asked)).toBe(location)
  })

  test('where routes only match, they do so whatever the scheme says', () => {
    const asked = request('a.com:80/x', { 'x-forwarded-proto': '' })
    const { table } = tableFrom(yaml('NONE'), { matchesOnly: true })
    expect(table.route(asked, streamInfo(), 0)?.kind).toBe('forward')
  })

  test('redirects before any route is tried', () => {
    const { table } = tableFrom(yaml('ALL'))
    expect(table.route(request('a.com/none'), streamInfo(), 0)?.kind).toBe('redirect')
  })
})

describe('problems', () => {
  test.each([
    ['the same domain in other case', `virtual_hosts:${yamlHost('a', 'x.com')}${yamlHost('b', 'X.com')}`],
    ['the same domain in one virtual host', `virtual_hosts:${yamlHost('a', 'x.com, x.com')}`],
    ['two *', `virtual_hosts:${yamlHost('a', '"*"')}${yamlHost('b', '"*"')}`],
    ['the same wildcard', `virtual_hosts:${yamlHost('a', '"*.x.com"')}${yamlHost('b', '"*.x.com"')}`],
  ])('%s', (_, yaml) => {
    const { problems } = tableFromPartial(yaml)
    expect(problems.map((problem) => [problem.code, problem.severity])).toEqual([['duplicate-domain', 'error']])
    expect(problems[0]).toMatchObject({ file: 'routes.yaml' })
    expect(problems[0]!.line).toBeGreaterThan(1)
  })
})

test('virtual clusters: the first that fits, else other', () => {
  const { table } = tableFrom(`virtual_hosts:
- name: v
  domains: ["*"]
  virtual_clusters:
  - { name: get, headers: [{ name: ":method", string_match: { exact: GET } }, { name: ":path", string_match: { prefix: /a } }] }
  - { name: all-get, headers: [{ name: ":method", string_match: { exact: GET } }] }
  routes: [{ match: { prefix: / }, route: { cluster: c } }]`)
  const of = (url: string, method: string): string => {
    const asked = request(url)
    asked.method = method
    return table.virtualCluster(table.route(asked, streamInfo(), 0)!, asked)
  }
  expect(of('h/a', 'GET')).toBe('get')
  expect(of('h/b', 'GET')).toBe('all-get')
  expect(of('h/a', 'POST')).toBe('other')
})

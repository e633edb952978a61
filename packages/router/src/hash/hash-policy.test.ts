import { connectionInfo, StreamInfo } from '@nuncio/core'
import { describe, expect, test } from 'vitest'
import type { HashResult } from '../contracts.ts'
import { forward, request, routesYaml, streamInfo, tableFrom } from '../testing/table.ts'

function hash(
  policies: string,
  url: string,
  headers = {},
  info = streamInfo(),
): { value: bigint | undefined; cookie: string } {
  const { table, problems } = tableFrom(
    routesYaml(`- { match: { prefix: / }, route: { cluster: c, hash_policy: [${policies}] } }`),
  )
  expect(problems).toEqual([])
  const out: HashResult = { has: true, high: 7, low: 7, cookie: 'old' }
  const asked = request(url, headers)
  forward(table, asked).hashPolicy!.hash(asked, info, out)
  return { value: out.has ? (BigInt(out.high) << 32n) | BigInt(out.low) : undefined, cookie: out.cookie }
}

const FOO = 3728699739546630719n
const BAR = 5234164152756840025n
const header = (name: string, more = ''): string => `{ header: { header_name: ${name} }${more} }`

describe('headers', () => {
  test.each([
    [header('X-A'), { 'x-a': 'foo' }, FOO],
    [header('x-a'), { 'x-a': 'bar' }, BAR],
    [header('x-a'), { 'x-a': ['foo', 'bar'] }, 6648465492906218751n],
    [header('x-a'), { 'x-a': ['bar', 'foo'] }, 6648465492906218751n],
    [header('x-a'), {}, undefined],
    [header('x-a'), { 'x-a': '' }, 17241709254077376921n],
    [`${header('x-a')}, ${header('x-b')}`, { 'x-a': 'foo', 'x-b': 'bar' }, 3449051153737634343n],
    [`${header('x-a')}, ${header('x-b')}`, { 'x-b': 'bar' }, BAR],
    [`${header('x-a', ', terminal: true')}, ${header('x-b')}`, { 'x-a': 'foo', 'x-b': 'bar' }, FOO],
    [`${header('x-a', ', terminal: true')}, ${header('x-b')}`, { 'x-b': 'bar' }, BAR],
    [
      "{ header: { header_name: x-a, regex_rewrite: { pattern: { regex: '^/(\\w+).*$' }, substitution: '\\1' } } }",
      { 'x-a': '/foo/x' },
      FOO,
    ],
  ])('%s of %j: %s', (policies, headers, expected) => {
    expect(hash(policies, 'h/', headers).value).toBe(expected)
  })
})

describe('query parameters', () => {
  test.each([
    ['h/?q=foo', FOO],
    ['h/?q=foo&q=bar', FOO],
    ['h/?Q=foo', undefined],
    ['h/', undefined],
  ])('%s: %s', (url, expected) => {
    expect(hash('{ query_parameter: { name: q } }', url).value).toBe(expected)
  })
})

test('filter state: the text of the object', () => {
  const info = streamInfo()
  info.filterState = new Map([['k', { serialize: () => 'foo' }]])
  expect(hash('{ filter_state: { key: k } }', 'h/', {}, info).value).toBe(FOO)
  expect(hash('{ filter_state: { key: none } }', 'h/', {}, info).value).toBeUndefined()
})

test('source IP: the address without its port, none for Unix sockets', () => {
  const from = (address: string): StreamInfo =>
    new StreamInfo(connectionInfo({ remote: { address, port: 4000 } }), 0, 0)
  const policy = '{ connection_properties: { source_ip: true } }'
  expect(hash(policy, 'h/', {}, from('10.0.0.1')).value).toBe(17084065887361098711n)
  expect(hash(policy, 'h/', {}, from('@x')).value).toBeUndefined()
  expect(hash('{ connection_properties: { source_ip: false } }', 'h/', {}, from('10.0.0.1')).value).toBeUndefined()
})

describe('cookies', () => {
  const cookie = (more: string): string => `{ cookie: { name: sid${more} } }`
  test('hash what the request brings', () => {
    expect(hash(cookie(''), 'h/', { cookie: 'a=1; sid=foo' })).toEqual({ value: FOO, cookie: '' })
    expect(hash(cookie(', ttl: 10s'), 'h/', { cookie: 'sid="foo"' })).toEqual({ value: FOO, cookie: '' })
  })
  test('without a ttl an absent one gives nothing', () => {
    expect(hash(cookie(''), 'h/')).toEqual({ value: undefined, cookie: '' })
    expect(hash(cookie(''), 'h/', { cookie: 'sid=' })).toEqual({ value: undefined, cookie: '' })
  })
  test('with a ttl an absent one is made, alike for all streams of a connection', () => {
    const first = hash(
      cookie(', ttl: 1.9s, path: /pp, attributes: [{ name: SameSite, value: Lax }, { name: Secure }]'),
      'h/',
    )
    expect(first.cookie).toMatch(/^sid="[0-9a-f]{16}"; Max-Age=1; Path=\/pp; SameSite=Lax; Secure; HttpOnly$/)
    const made = /"(.*)"/.exec(first.cookie)![1]!
    expect(hash(cookie(''), 'h/', { cookie: `sid=${made}` }).value).toBe(first.value)
    expect(hash(cookie(', ttl: 1s'), 'h/').value).toBe(first.value)
  })
  test('a ttl of 0 makes a session cookie', () => {
    expect(hash(cookie(', ttl: 0s'), 'h/').cookie).toMatch(/^sid="[0-9a-f]{16}"; HttpOnly$/)
  })
})

test('a route without policies has none', () => {
  expect(
    forward(tableFrom(routesYaml('- { match: { prefix: / }, route: { cluster: c } }')).table, request('h/')).hashPolicy,
  ).toBeUndefined()
})

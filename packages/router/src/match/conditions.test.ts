import type { TlsInfo } from '@nuncio/core'
import { connectionInfo } from '@nuncio/core'
import { FakeRuntime } from '@nuncio/core/testing'
import { StreamInfo } from '@nuncio/core'
import { describe, expect, test } from 'vitest'
import { clusterOf, request, routesYaml, streamInfo, tableFrom } from '../testing/table.ts'

function matches(match: string, url: string, headers = {}, random: number | bigint = 0, info = streamInfo()): boolean {
  const { table, problems } = tableFrom(routesYaml(`- { match: { prefix: /, ${match} }, route: { cluster: c } }`))
  expect(problems).toEqual([])
  return clusterOf(table, request(url, headers), random, info) === 'c'
}

test.each([
  ['headers: [{ name: x-a, string_match: { exact: "1" } }]', 'h/', { 'X-A': '1' }, true],
  ['headers: [{ name: x-a, string_match: { exact: "1" } }, { name: x-b }]', 'h/', { 'x-a': '1' }, false],
  ['headers: [{ name: ":method", string_match: { exact: GET } }]', 'h/', {}, true],
  ['headers: [{ name: ":path", string_match: { suffix: "?q" } }]', 'h/a?q', {}, true],
  ['headers: [{ name: x-a, string_match: { exact: "1" }, invert_match: true }]', 'h/', {}, false],
  [
    'headers: [{ name: x-a, string_match: { exact: "1" }, invert_match: true, treat_missing_header_as_empty: true }]',
    'h/',
    {},
    true,
  ],
  ['query_parameters: [{ name: a, string_match: { exact: "1" } }]', 'h/?a=1', {}, true],
  [
    'query_parameters: [{ name: a, string_match: { exact: "1" } }, { name: b, present_match: false }]',
    'h/?a=1&b',
    {},
    false,
  ],
  ['cookies: [{ name: a, string_match: { exact: "1" } }]', 'h/', { cookie: 'b=2; a=1' }, true],
  ['cookies: [{ name: a, string_match: { exact: "1" }, invert_match: true }]', 'h/', {}, true],
  ['grpc: {}', 'h/', { 'content-type': 'application/grpc' }, true],
  ['grpc: {}', 'h/', { 'content-type': 'application/grpc+proto' }, true],
  ['grpc: {}', 'h/', { 'content-type': 'application/grpc-web' }, false],
  ['grpc: {}', 'h/', {}, false],
])('%s on %s with %j: %s', (match, url, headers, expected) => {
  expect(matches(match, url, headers)).toBe(expected)
})

describe('runtime_fraction', () => {
  test.each([
    ['{ default_value: { numerator: 30 } }', 29, true],
    ['{ default_value: { numerator: 30 } }', 30, false],
    ['{ default_value: { numerator: 0 } }', 0, false],
    ['{ default_value: { numerator: 5, denominator: MILLION } }', 2_000_004, true],
    ['{ default_value: { numerator: 30 } }', 2n ** 63n + 2n, true],
  ])('%s with %s: %s', (fraction, random, expected) => {
    expect(matches(`runtime_fraction: ${fraction}`, 'h/', {}, random)).toBe(expected)
  })

  test('splits traffic with the route behind it, and follows the runtime', () => {
    const yaml = routesYaml(`
      - { match: { prefix: /, runtime_fraction: { runtime_key: canary, default_value: { numerator: 30 } } }, route: { cluster: canary } }
      - { match: { prefix: / }, route: { cluster: stable } }
    `)
    const { table } = tableFrom(yaml)
    expect(clusterOf(table, request('h/'), 29)).toBe('canary')
    expect(clusterOf(table, request('h/'), 30)).toBe('stable')
    expect(clusterOf(tableFrom(yaml, { runtime: new FakeRuntime({ canary: 50 }) }).table, request('h/'), 49)).toBe(
      'canary',
    )
  })
})

describe('the order in which a route is asked', () => {
  // Each line alone fails for a plain GET of /.
  const failing = [
    ['runtime_fraction: { default_value: { numerator: 0 } }', 'runtime fraction'],
    ['grpc: {}', 'gRPC'],
    ['headers: [{ name: x-a }]', 'header x-a'],
    ['query_parameters: [{ name: q }]', 'query parameter q'],
    ['tls_context: { presented: true }', 'client certificate'],
    ['dynamic_metadata: [{ filter: ns, path: [{ key: k }], value: { present_match: true } }]', 'metadata ns:k'],
    ['filter_state: [{ key: k, string_match: { exact: v } }]', 'filter state k'],
    ['cookies: [{ name: sid, string_match: { exact: v } }]', 'cookie sid'],
    ['path: /other', 'path "/other"'],
  ] as const

  test.each(failing.map(([, asked], i) => [asked, i] as const))(
    '%s is what fails first of what is asked from there on',
    (asked, i) => {
      const rest = failing.slice(i).map(([text]) => text)
      const path = rest.some((text) => text.startsWith('path')) ? [] : ['prefix: /']
      const { table } = tableFrom(
        routesYaml(`- { match: { ${[...path, ...rest].join(', ')} }, route: { cluster: c } }`),
      )
      const [tried] = table.explain(request('h/'), streamInfo(), 0).routes
      expect(tried!.predicates.find(({ ok }) => !ok)!.text.toLowerCase()).toContain(asked.toLowerCase())
    },
  )
})

describe('tls_context', () => {
  const certificate = { subject: 'CN=x' } as NonNullable<TlsInfo['peer']>
  const tls = (fields: Partial<TlsInfo>): StreamInfo =>
    new StreamInfo(connectionInfo({ tls: { peer: undefined, peerValidated: false, ...fields } as TlsInfo }), 0, 0)
  test.each([
    ['presented: true', streamInfo(), false],
    ['presented: false', streamInfo(), true],
    ['presented: true', tls({ peer: certificate }), true],
    ['presented: false', tls({ peer: certificate }), false],
    ['validated: true', tls({ peer: certificate }), false],
    ['validated: true', tls({ peer: certificate, peerValidated: true }), true],
    ['validated: false', tls({}), true],
    ['presented: true, validated: false', tls({ peer: certificate }), true],
  ])('%s: case %#', (criteria, info, expected) => {
    expect(matches(`tls_context: { ${criteria} }`, 'h/', {}, 0, info)).toBe(expected)
  })
})

test('dynamic_metadata: all must hold', () => {
  const info = streamInfo()
  info.setMetadata('ns', { a: 'x', b: 2 })
  const matcher = (key: string, value: string, more = ''): string =>
    `{ filter: ns, path: [{ key: ${key} }], value: ${value}${more} }`
  const match = (...list: string[]): boolean => matches(`dynamic_metadata: [${list.join(', ')}]`, 'h/', {}, 0, info)
  expect(match(matcher('a', '{ string_match: { exact: x } }'))).toBe(true)
  expect(match(matcher('a', '{ string_match: { exact: x } }'), matcher('b', '{ double_match: { exact: 3 } }'))).toBe(
    false,
  )
  expect(match(matcher('c', '{ present_match: true }', ', invert: true'))).toBe(true)
})

test('filter_state: a text or an address', () => {
  const info = streamInfo()
  info.filterState = new Map([
    ['user', { serialize: () => 'ann' }],
    ['ip', { serialize: () => '10.0.0.1' }],
  ])
  expect(matches('filter_state: [{ key: user, string_match: { exact: ann } }]', 'h/', {}, 0, info)).toBe(true)
  expect(
    matches(
      'filter_state: [{ key: ip, address_match: { ranges: [{ address_prefix: 10.0.0.0, prefix_len: 8 }] } }]',
      'h/',
      {},
      0,
      info,
    ),
  ).toBe(true)
  expect(matches('filter_state: [{ key: none, string_match: { prefix: a } }]', 'h/', {}, 0, info)).toBe(false)
})

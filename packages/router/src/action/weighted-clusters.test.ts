import { FakeRuntime } from '@nuncio/core/testing'
import { describe, expect, test } from 'vitest'
import { clusterOf, forward, request, routesYaml, streamInfo, tableFrom, tableFromPartial } from '../testing/table.ts'

const weighted = (entries: string, more = ''): string =>
  routesYaml(`- { match: { prefix: / }, route: { weighted_clusters: { clusters: [${entries}]${more} } } }`)
const three = (a: number, b: number, c: number, more = ''): string =>
  weighted(`{ name: one, weight: ${a} }, { name: two, weight: ${b} }, { name: three, weight: ${c} }`, more)

describe('half-open intervals in the order of the list', () => {
  test.each([
    [three(20, 50, 30), 0, 'one'],
    [three(20, 50, 30), 219, 'one'],
    [three(20, 50, 30), 320, 'two'],
    [three(20, 50, 30), 469, 'two'],
    [three(20, 50, 30), 570, 'three'],
    [three(1000, 2000, 4000), 7999, 'one'],
    [three(1000, 2000, 4000), 9999, 'two'],
    [three(1000, 2000, 4000), 10_000, 'three'],
    [three(1, 0, 1), 1, 'three'],
    [three(20, 50, 30), 2n ** 64n - 1n, 'one'],
  ])('case %#', (yaml, random, expected) => {
    expect(clusterOf(tableFrom(yaml).table, request('h/'), random)).toBe(expected)
  })

  test('total_weight is not looked at', () => {
    expect(clusterOf(tableFrom(three(20, 50, 30, ', total_weight: 50')).table, request('h/'), 570)).toBe('three')
  })
})

describe('weights from the runtime', () => {
  const keyed = three(20, 50, 30, ', runtime_key_prefix: shop')
  const runtime = (a: number, b: number, c: number) =>
    new FakeRuntime({ 'shop.one': a, 'shop.two': b, 'shop.three': c })
  test.each([
    [[60, 30, 10], 59, 'one'],
    [[60, 30, 10], 60, 'two'],
    [[60, 30, 10], 90, 'three'],
    [[5, 140, 5], 304, 'one'],
    [[5, 140, 5], 305, 'two'],
    [[5, 140, 5], 149, 'three'],
    [[3, 2, 1], 602, 'one'],
    [[3, 2, 1], 604, 'two'],
    [[3, 2, 1], 605, 'three'],
    [[0, 0, 0], 5, undefined],
  ] as [[number, number, number], number, string | undefined][])('%j with %s: %s', (weights, random, expected) => {
    const { table } = tableFrom(keyed, { runtime: runtime(...weights) })
    expect(clusterOf(table, request('h/'), random)).toBe(expected)
  })

  test('all 0: the next route is tried', () => {
    const yaml = `${keyed}  - { match: { prefix: / }, route: { cluster: next } }\n`
    expect(clusterOf(tableFrom(yaml, { runtime: runtime(0, 0, 0) }).table, request('h/'))).toBe('next')
  })

  test('unset keys keep the configured weight', () => {
    expect(clusterOf(tableFrom(keyed, { runtime: new FakeRuntime({}) }).table, request('h/'), 445)).toBe('two')
  })
})

describe('the random value from a header', () => {
  const { table } = tableFrom(three(20, 50, 30, ', header_name: X-Random'))
  test.each([
    ['45', 'two'],
    ['18446744073709551615', 'one'],
    [['45', '46'], 'three'],
    ['abc', 'three'],
    ['-1', 'three'],
    ['18446744073709551616', 'three'],
  ])('%j gives %s', (value, expected) => {
    expect(clusterOf(table, request('h/', { 'x-random': value }), 99)).toBe(expected)
  })
})

test('use_hash_policy: the hash of the route, and the random number when there is none', () => {
  const { table } = tableFrom(
    routesYaml(`
      - match: { prefix: / }
        route:
          hash_policy: [{ header: { header_name: x-user } }]
          weighted_clusters:
            use_hash_policy: true
            clusters: [{ name: a, weight: 719 }, { name: b, weight: 1 }, { name: c, weight: 280 }]
    `),
  )
  // xxHash64 of "foo" ends in 719.
  expect(clusterOf(table, request('h/', { 'x-user': 'foo' }), 0)).toBe('b')
  expect(clusterOf(table, request('h/'), 999)).toBe('c')
})

test('an entry has its own metadata, header mutations, host and filter configuration', () => {
  const { table } = tableFrom(`
request_headers_to_add: [{ header: { key: x-order, value: table } }]
virtual_hosts:
- name: v
  domains: ["*"]
  routes:
  - match: { prefix: / }
    request_headers_to_add: [{ header: { key: x-order, value: route } }]
    typed_per_filter_config: { f: { "@type": type.googleapis.com/envoy.config.route.v3.FilterConfig, disabled: true } }
    route:
      append_x_forwarded_host: true
      metadata_match: { filter_metadata: { envoy.lb: { stage: prod, zone: a } } }
      weighted_clusters:
        clusters:
        - name: c
          weight: 1
          host_rewrite_literal: w.host
          metadata_match: { filter_metadata: { envoy.lb: { stage: canary } } }
          request_headers_to_add: [{ header: { key: x-order, value: entry } }]
          response_headers_to_add: [{ header: { key: x-entry, value: "1" } }]
          typed_per_filter_config: { f: { "@type": type.googleapis.com/envoy.config.route.v3.FilterConfig, config: {} } }
`)
  const headers = request('orig.host/')
  const route = forward(table, headers)
  expect(route.metadataMatch).toEqual({ stage: 'canary', zone: 'a' })
  expect(route.filterConfigs('f').map((one) => one.disabled)).toEqual([false, true])
  route.finalizeRequestHeaders(headers, streamInfo(), false)
  expect(headers.authority).toBe('w.host')
  expect(headers.has('x-forwarded-host')).toBe(false)
  expect(headers.getAll('x-order')).toEqual(['entry', 'route', 'table'])
})

test("the route's own host rewrite comes after the entry's and keeps that as the original", () => {
  const { table } = tableFrom(
    routesYaml(`
      - match: { prefix: / }
        route:
          append_x_forwarded_host: true
          host_rewrite_literal: r.host
          weighted_clusters: { clusters: [{ name: c, weight: 1, host_rewrite_literal: w.host }] }
    `),
  )
  const headers = request('orig.host/')
  forward(table, headers).finalizeRequestHeaders(headers, streamInfo(), false)
  expect([headers.authority, headers.get('x-envoy-original-host'), headers.get('x-forwarded-host')]).toEqual([
    'r.host',
    'w.host',
    'w.host',
  ])
})

test('an entry may take its cluster from a header', () => {
  const { table } = tableFrom(weighted('{ cluster_header: X-C, weight: 1 }'))
  expect(clusterOf(table, request('h/', { 'x-c': 'named' }))).toBe('named')
  expect(clusterOf(table, request('h/'))).toBe('')
})

describe('problems', () => {
  test.each([
    ['weights of 0', '{ name: c, weight: 0 }'],
    ['too large a sum', '{ name: c, weight: 4294967295 }, { name: c, weight: 1 }'],
  ])('%s', (_, entries) => {
    expect(tableFromPartial(weighted(entries)).problems.map(({ code }) => code)).toEqual(['weights'])
  })
  test.each([
    ['neither name nor header', '{ weight: 1 }'],
    ['both', '{ name: c, cluster_header: x, weight: 1 }'],
  ])('%s', (_, entries) => {
    expect(tableFromPartial(weighted(entries)).problems.map(({ code }) => code)).toEqual(['oneof-conflict'])
  })
})

test('a matcher may pick the cluster', () => {
  const action = (cluster: string): string =>
    `{ action: { name: a, typed_config: { "@type": type.googleapis.com/envoy.extensions.router.cluster_specifiers.matcher.v3.ClusterAction, cluster: ${cluster} } } }`
  const { table, problems } = tableFrom(
    routesYaml(`
      - match: { prefix: / }
        route:
          inline_cluster_specifier_plugin:
            extension:
              name: matcher
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.router.cluster_specifiers.matcher.v3.MatcherClusterSpecifier
                cluster_matcher:
                  matcher_tree:
                    input: { name: i, typed_config: { "@type": type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput, header_name: x-env } }
                    exact_match_map: { map: { staging: ${action('staging')}, prod: ${action('prod')} } }
    `),
  )
  expect(problems).toEqual([])
  expect(clusterOf(table, request('h/', { 'x-env': 'staging' }))).toBe('staging')
  expect(clusterOf(table, request('h/', { 'x-env': 'other' }))).toBe('')
})

describe('a cluster specifier plugin that nobody has', () => {
  const plugin = (fields: string): string => `
cluster_specifier_plugins:
- ${fields}
  extension: { name: p, typed_config: { "@type": type.googleapis.com/xds.type.v3.TypedStruct, type_url: acme.Unknown, value: {} } }
${routesYaml(`
  - { match: { prefix: /a }, route: { cluster_specifier_plugin: p } }
  - { match: { prefix: / }, route: { cluster: next } }
`)}`

  test('is left out when it is optional: the next route is tried', () => {
    const { table, problems } = tableFromPartial(plugin('is_optional: true'))
    expect(problems).toEqual([])
    expect(clusterOf(table, request('h/a'))).toBe('next')
  })

  test.each([
    ['', plugin('is_optional: false')],
    [
      ' and no route names it',
      plugin('is_optional: false').replace(
        '/a }, route: { cluster_specifier_plugin: p }',
        '/a }, route: { cluster: a }',
      ),
    ],
  ])('is a problem when it is not%s', (_, text) => {
    const { problems } = tableFromPartial(text)
    expect(problems.map(({ code, path }) => [code, path])).toEqual([
      ['unsupported', 'cluster_specifier_plugins[0].extension'],
    ])
  })
})

import type { Message } from '@nuncio/config'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Route } from '../contracts.ts'
import { compiled, request, streamInfo } from '../testing/table.ts'

type Config = Message<'envoy.config.route.v3.RouteConfiguration'>
type Match = Message<'envoy.config.route.v3.RouteMatch'>

const segment = fc.constantFrom('a', 'b', 'ab', 'A', 'a;p', '')
const literal = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join('/')}`)
/** One time in five. */
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value })

const specifier: fc.Arbitrary<Match> = fc.oneof(
  literal.map((prefix): Match => ({ prefix })),
  literal.map((path): Match => ({ path })),
  literal.filter((text) => !text.endsWith('/')).map((path_separated_prefix): Match => ({ path_separated_prefix })),
  fc
    .constantFrom('/a.*', '/(a|b)/.*', '.*b', '/[ab]+', '(?i)/A/.*', '/a/b|/b')
    .map((regex): Match => ({ safe_regex: { regex } })),
  fc.constantFrom('/{x}/b', '/a/*', '/**', '/a;p/{y}').map((path_template): Match => ({
    path_match_policy: {
      name: 'm',
      typed_config: {
        '@type': 'envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig',
        path_template,
      } as never,
    },
  })),
  fc.constant<Match>({ connect_matcher: {} }),
)
const match: fc.Arbitrary<Match> = fc
  .tuple(
    specifier,
    optional(fc.boolean()),
    optional(fc.constantFrom(undefined, '1', '2')),
    optional(fc.boolean()),
    optional(fc.integer({ min: 0, max: 100 })),
    optional(fc.constantFrom('x', 'y')),
  )
  .map(([path, case_sensitive, header, grpc, numerator, query]) => ({
    ...path,
    ...(case_sensitive === undefined ? {} : { case_sensitive }),
    ...(header === undefined ? {} : { headers: [{ name: 'x-h', string_match: { exact: header } }] }),
    ...(grpc === true ? { grpc: {} } : {}),
    ...(numerator === undefined ? {} : { runtime_fraction: { default_value: { numerator } } }),
    ...(query === undefined ? {} : { query_parameters: [{ name: query }] }),
  }))
const action = fc.constantFrom<Message<'envoy.config.route.v3.Route'>>(
  { route: { cluster: 'c' } },
  {
    route: {
      weighted_clusters: {
        clusters: [
          { name: 'a', weight: 1 },
          { name: 'b', weight: 2 },
        ],
      },
    },
  },
  { redirect: { path_redirect: '/r' } },
  { direct_response: { status: 201 } },
)
const routes = fc.array(
  fc.tuple(match, action).map(([one, what]) => ({ ...what, match: one })),
  { minLength: 3, maxLength: 30 },
)
const domain = fc.constantFrom(
  '*',
  'a.com',
  'b.com',
  'A.com:80',
  '*.a.com',
  '*a.com',
  'a.*',
  'b.a*',
  '*',
  'x.a.com',
  '[::1]',
)
const config: fc.Arbitrary<Config> = fc
  .tuple(
    fc.array(fc.tuple(fc.uniqueArray(domain, { minLength: 1, maxLength: 6 }), routes), { minLength: 1, maxLength: 4 }),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([hosts, ignore_port_in_host_matching, ignore_path_parameters_in_path_matching]) => {
    const seen = new Set<string>()
    return {
      ignore_port_in_host_matching,
      ignore_path_parameters_in_path_matching,
      virtual_hosts: hosts.map(([domains, list], i) => ({
        name: `v${i}`,
        domains: domains.filter((one) => !seen.has(one.toLowerCase()) && seen.add(one.toLowerCase())),
        routes: list,
      })),
    }
  })
const asked = fc
  .record({
    host: fc.constantFrom(
      'a.com',
      'A.COM',
      'a.com:80',
      'x.a.com',
      'xa.com',
      'a.net',
      'b.ab',
      'b.com',
      'none',
      '',
      '[::1]:80',
      'b.a',
    ),
    path: fc.oneof(
      literal,
      literal.map((path) => path.toUpperCase()),
      fc.constant(''),
    ),
    query: fc.constantFrom('', '?x', '?y=1&x', '#f', '?a#x'),
    method: fc.constantFrom('GET', 'CONNECT'),
    header: optional(fc.constantFrom('1', '2')),
    grpc: fc.boolean(),
    random: fc.nat(300),
  })
  .map(({ host, path, query, method, header, grpc, random }) => {
    const headers = request(`${host}${path === '' ? '' : path + query}`, {
      ...(header === undefined ? {} : { 'x-h': header }),
      ...(grpc ? { 'content-type': 'application/grpc' } : {}),
    })
    headers.method = method
    return { headers, random }
  })

function key(route: Route | undefined): string {
  if (route === undefined) return 'none'
  return `${route.virtualHost.name} ${route.info.index} ${route.kind} ${route.kind === 'forward' ? route.clusterName(request('h/')) : ''}`
}

describe('for random configurations and requests', () => {
  test('the index finds what looking at all routes in order finds', () => {
    let found = 0
    fc.assert(
      fc.property(config, fc.array(asked, { minLength: 5, maxLength: 10 }), (written, requests) => {
        const indexed = compiled(written, { indexFrom: 0 })
        const scanned = compiled(written, { indexFrom: Infinity })
        expect(indexed.problems).toEqual([])
        for (const { headers, random } of requests) {
          const route = scanned.table.route(headers, streamInfo(), random)
          if (route !== undefined) found++
          expect(key(indexed.table.route(headers, streamInfo(), random))).toBe(key(route))
        }
      }),
      { seed: 20, numRuns: 400 },
    )
    expect(found).toBeGreaterThan(1000)
  })

  test('explain tells of the route that is taken', () => {
    fc.assert(
      fc.property(config, fc.array(asked, { minLength: 3, maxLength: 6 }), (written, requests) => {
        const { table } = compiled(written, { indexFrom: 4 })
        for (const { headers, random } of requests) {
          const route = table.route(headers, streamInfo(), random)
          const story = table.explain(headers, streamInfo(), random)
          expect(story.matched?.index).toBe(route?.info.index)
          expect(story.virtualHost?.name).toBe(route?.virtualHost.name ?? story.virtualHost?.name)
          if (route === undefined) continue
          expect(story.cluster).toBe(route.kind === 'forward' ? route.clusterName(headers) : '')
          expect(story.status).toBe(route.kind === 'forward' ? 0 : route.status)
          expect(story.location).toBe(route.kind === 'forward' ? '' : (route.location(headers) ?? ''))
        }
      }),
      { seed: 21, numRuns: 300 },
    )
  })
})

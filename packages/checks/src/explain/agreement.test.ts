import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ToolRequest } from '../request/tool-request.ts'
import { bootstrap, cluster, viewOf } from '../testing/yaml.ts'
import { decide, explainRequest } from './explain-request.ts'

const word = fc.constantFrom('a', 'ab', 'B', 'v1', 'x-y', '')
const path = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => `/${words.join('/')}`)
const specifier = fc.oneof(
  path.map((text) => `prefix: "${text}"`),
  path.map((text) => `path: "${text}", case_sensitive: false`),
  fc.constantFrom(
    'path_separated_prefix: /a',
    'safe_regex: { regex: "/[a-v]+(/.*)?" }',
    'safe_regex: { regex: ".*1" }',
    'prefix: /',
  ),
)
const header = fc.constantFrom(
  'string_match: { exact: "1" }',
  'string_match: { prefix: a }, invert_match: true',
  'string_match: { contains: b }, invert_match: true, treat_missing_header_as_empty: true',
  'present_match: true',
  'present_match: false',
  'range_match: { start: -1, end: 5 }',
)
const predicates = fc.record(
  {
    headers: fc
      .array(fc.tuple(fc.constantFrom('x-a', 'x-b'), header), { maxLength: 2 })
      .map((list) => `[${list.map(([name, test]) => `{ name: ${name}, ${test} }`).join(', ')}]`),
    query_parameters: fc.constantFrom('[{ name: q }]', '[{ name: q, string_match: { exact: "1" } }]'),
    runtime_fraction: fc.constantFrom(
      '{ default_value: { numerator: 50 } }',
      '{ runtime_key: key, default_value: { numerator: 1 } }',
    ),
    cookies: fc.constant('[{ name: c, string_match: { exact: "1" }, invert_match: true }]'),
  },
  { requiredKeys: [] },
)
const action = fc.constantFrom(
  'route: { cluster: a }',
  'route: { cluster: b, prefix_rewrite: /new, host_rewrite_literal: other.example }',
  'route: { cluster: b, regex_rewrite: { pattern: { regex: "/([a-z]+)" }, substitution: "/<\\\\1>" } }',
  'route: { cluster_header: x-a }',
  'route: { weighted_clusters: { clusters: [{ name: a, weight: 30 }, { name: b, weight: 70 }] } }',
  'redirect: { path_redirect: /to, https_redirect: true }',
  'redirect: { prefix_rewrite: /to/, strip_query: true }',
  'direct_response: { status: 201 }',
)
const routeText = fc.tuple(specifier, predicates, action).map(([where, also, what]) => {
  const rest = Object.entries(also).map(([field, value]) => `, ${field}: ${value}`)
  return `- match: { ${where}${rest.join('')} }\n  ${what}`
})
const domains = fc.constantFrom('"*"', 'a.example', '"*.example"', '"a.*"', '"a.example:8080"')
const hosts = fc.uniqueArray(
  fc.tuple(
    domains,
    fc.constantFrom('', 'require_tls: ALL', 'require_tls: EXTERNAL_ONLY'),
    fc.array(routeText, { minLength: 1, maxLength: 24 }),
  ),
  {
    minLength: 1,
    maxLength: 3,
    selector: ([domain]) => domain,
  },
)
const config = fc
  .tuple(
    hosts,
    fc.constantFrom(
      undefined,
      'use_remote_address: true\nnormalize_path: true',
      'strip_any_host_port: true\nmerge_slashes: true\ninternal_address_config: {}',
    ),
    fc.boolean(),
  )
  .map(([list, manager, ignorePort]) =>
    bootstrap({
      ...(manager !== undefined && { manager }),
      clusters: `${cluster('a')}\n${cluster('b')}`,
      rest: 'layered_runtime: { layers: [{ name: s, static_layer: { key: 30 } }] }',
      routeConfig: `${ignorePort ? 'ignore_port_in_host_matching: true\n' : ''}virtual_hosts:\n${list.map(([domain, tls, routeList], i) => `- name: v${i}\n  domains: [${domain}]\n${tls === '' ? '' : `  ${tls}\n`}  routes:\n${routeList.join('\n').replaceAll(/^/gm, '  ')}`).join('\n')}`,
    }),
  )
const request: fc.Arbitrary<ToolRequest> = fc
  .record({
    scheme: fc.constantFrom('http', 'https'),
    host: fc.constantFrom('a.example', 'b.example', 'A.EXAMPLE', 'a.example:8080', 'a.org', '[::1]:80'),
    path: fc.oneof(path, fc.constantFrom('/a/../b', '//a', '/A/B', '/%00', '/new')),
    query: fc.constantFrom('', '?q', '?q=1&q=2', '?x'),
    a: fc.constantFrom(undefined, '1', 'ab', '4', '', '-1'),
    b: fc.constantFrom(undefined, '1', 'b'),
    cookie: fc.constantFrom(undefined, 'c=1', 'd=1; c=2'),
    method: fc.constantFrom('GET', 'POST', 'OPTIONS'),
    random: fc.oneof(fc.nat(200), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
    source: fc.constantFrom('127.0.0.1', '192.0.2.7'),
    internal: fc.boolean(),
  })
  .map(({ scheme, host, path: where, query, a, b, cookie, internal, ...rest }) => {
    const headers = Object.entries({ 'x-a': a, 'x-b': b, cookie, ...(internal && { 'x-envoy-internal': 'true' }) })
    return {
      ...rest,
      url: `${scheme}://${host}${where}${query}`,
      headers: headers.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
    }
  })

describe('explainRequest and decide', () => {
  it('agree about every request', () => {
    fc.assert(
      fc.property(config, fc.array(request, { minLength: 10, maxLength: 10 }), (yaml, requests) => {
        const view = viewOf(yaml)
        for (const each of requests) {
          const { route, request: prepared, located } = decide(view, each)
          const told = explainRequest(view, each)
          const { headers } = prepared
          expect(told.outcome).toBe(
            located.answer !== undefined
              ? 'refused'
              : route === undefined
                ? 'no_route'
                : route.kind === 'direct'
                  ? 'direct_response'
                  : route.kind,
          )
          if (route === undefined) {
            expect(told.routing?.matched).toBeUndefined()
            expect(told.status).toBe(located.answer?.status ?? 404)
            continue
          }
          expect(told.routing?.virtualHost?.name).toBe(route.virtualHost.name)
          // A redirect to https belongs to no route.
          if (route.info.index >= 0) expect(told.routing?.matched?.index).toBe(route.info.index)
          if (route.kind !== 'forward') {
            expect([told.status, told.location]).toEqual([route.status, route.location(headers) ?? ''])
            continue
          }
          expect(told.cluster?.name).toBe(route.clusterName(headers))
          route.finalizeRequestHeaders(headers, prepared.info, false)
          expect([told.routing?.rewrittenHost, told.routing?.rewrittenPath]).toEqual([headers.authority, headers.path])
        }
      }),
      { numRuns: 120 },
    )
  })
})

import { FakeRuntime } from '@nuncio/core/testing'
import { describe, expect, test } from 'vitest'
import { RetryOn } from '../contracts.ts'
import { forward, request, routesYaml, streamInfo, tableFrom, tableFromPartial } from '../testing/table.ts'

const at = (action: string, host = '') => {
  const { table, problems } = tableFrom(`virtual_hosts:
- name: v
  domains: ["*"]
  ${host}
  routes: [{ match: { prefix: / }, route: { cluster: c, ${action} } }]`)
  expect(problems).toEqual([])
  return forward(table, request('h/'))
}

describe('retry policies', () => {
  test('have defaults', () => {
    expect(at('retry_policy: { retry_on: "5xx,reset,nonsense, gateway-error" }').retryPolicy).toEqual({
      on: RetryOn['5xx'] | RetryOn.reset | RetryOn['gateway-error'],
      numRetries: 1,
      perTryTimeoutMs: 0,
      perTryIdleTimeoutMs: 0,
      retriableStatusCodes: [],
      retriableHeaders: [],
      retriableRequestHeaders: [],
      baseIntervalMs: 25,
      maxIntervalMs: 250,
      rateLimited: undefined,
      hostPredicates: [],
      priorityPredicate: undefined,
      hostSelectionAttempts: 1,
    })
  })

  test('are decided from what is written', () => {
    const policy = at(`retry_policy:
      { retry_on: retriable-status-codes, num_retries: 0, per_try_timeout: 1s, per_try_idle_timeout: 2s, retriable_status_codes: [503, 504],
        retriable_headers: [{ name: X-Retry }], retriable_request_headers: [{ name: x-q }], host_selection_retry_max_attempts: 3,
        retry_back_off: { base_interval: 0.0001s }, rate_limited_retry_back_off: { reset_headers: [{ name: Retry-After }, { name: X-Reset, format: UNIX_TIMESTAMP }] },
        retry_host_predicate: [{ name: p, typed_config: { "@type": type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate } }] }`).retryPolicy!
    expect(policy).toMatchObject({
      numRetries: 0,
      perTryTimeoutMs: 1000,
      perTryIdleTimeoutMs: 2000,
      retriableStatusCodes: [503, 504],
      baseIntervalMs: 1,
      maxIntervalMs: 10,
      hostSelectionAttempts: 3,
      rateLimited: {
        headers: [
          { name: 'retry-after', unix: false },
          { name: 'x-reset', unix: true },
        ],
        maxIntervalMs: 300_000,
      },
    })
    expect(policy.hostPredicates.map((one) => one['@type'])).toEqual([
      'envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate',
    ])
    expect(policy.retriableHeaders[0]!.matches(request('h/', { 'x-retry': '1' }))).toBe(true)
  })

  test("the route's replaces the virtual host's whole", () => {
    const host = 'retry_policy: { retry_on: 5xx, num_retries: 5 }'
    expect(at('', host).retryPolicy).toMatchObject({ on: RetryOn['5xx'], numRetries: 5 })
    expect(at('retry_policy: { retry_on: reset }', host).retryPolicy).toMatchObject({
      on: RetryOn.reset,
      numRetries: 1,
    })
    expect(at('').retryPolicy).toBeUndefined()
  })

  test('max_interval below base_interval is refused', () => {
    const { problems } = tableFromPartial(
      routesYaml(
        '- { match: { prefix: / }, route: { cluster: c, retry_policy: { retry_back_off: { base_interval: 1s, max_interval: 0.5s } } } }',
      ),
    )
    expect(problems.map(({ path }) => path)).toEqual([
      'virtual_hosts[0].routes[0].route.retry_policy.retry_back_off.max_interval',
    ])
  })
})

test('hedging: the route, else the virtual host', () => {
  expect(at('', 'hedge_policy: { hedge_on_per_try_timeout: true }').hedgeOnPerTryTimeout).toBe(true)
  expect(at('hedge_policy: {}', 'hedge_policy: { hedge_on_per_try_timeout: true }').hedgeOnPerTryTimeout).toBe(false)
})

test('body limits: the newer field, the older one, the virtual host', () => {
  const limit = (route: string, host: string) =>
    forward(
      tableFrom(
        `virtual_hosts: [{ name: v, domains: ["*"], ${host} routes: [{ match: { prefix: / }, ${route} route: { cluster: c } }] }]`,
      ).table,
      request('h/'),
    ).requestBodyLimit
  expect(limit('', '')).toBeUndefined()
  expect(limit('', 'per_request_buffer_limit_bytes: 5, ')).toBe(5)
  expect(limit('per_request_buffer_limit_bytes: 7, ', 'per_request_buffer_limit_bytes: 5, ')).toBe(7)
  expect(limit('request_body_buffer_limit: 9, ', 'per_request_buffer_limit_bytes: 5, ')).toBe(9)
})

describe('mirror policies', () => {
  const mirror = (fields: string): string => `request_mirror_policies: [{ ${fields} }]`
  test('come from the route, else the virtual host, else the configuration', () => {
    const names = (route: string, host: string, table: string): string[] =>
      forward(
        tableFrom(
          `${table}\nvirtual_hosts:\n- name: v\n  domains: ["*"]\n  ${host}\n  routes: [{ match: { prefix: / }, route: { cluster: c, ${route} } }]`,
        ).table,
        request('h/'),
      ).mirrorPolicies.map((policy) => policy.clusterName(request('h/')))
    expect(names(mirror('cluster: r'), mirror('cluster: h'), mirror('cluster: t'))).toEqual(['r'])
    expect(names('', mirror('cluster: h'), mirror('cluster: t'))).toEqual(['h'])
    expect(names('', '', mirror('cluster: t'))).toEqual(['t'])
    expect(names('', '', '')).toEqual([])
  })

  test('choose by the random number of the stream, and by header', () => {
    const [share, named] = at(
      `request_mirror_policies: [{ cluster: s, runtime_fraction: { default_value: { numerator: 10 } } }, { cluster_header: X-S, disable_shadow_host_suffix_append: true }]`,
    ).mirrorPolicies
    expect([share!.selects(9), share!.selects(10), named!.selects(99)]).toEqual([true, false, true])
    expect(named!.clusterName(request('h/', { 'x-s': 'shadow' }))).toBe('shadow')
    expect([share!.disableShadowHostSuffix, named!.disableShadowHostSuffix]).toEqual([false, true])
    const { table } = tableFrom(
      routesYaml(
        `- { match: { prefix: / }, route: { cluster: c, ${mirror('cluster: s, runtime_fraction: { runtime_key: m, default_value: { numerator: 0 } }')} } }`,
      ),
      { runtime: new FakeRuntime({ m: 50 }) },
    )
    expect(forward(table, request('h/')).mirrorPolicies[0]!.selects(49)).toBe(true)
  })

  test('change the headers of the copy', () => {
    const [policy] = at(
      mirror(
        'cluster: s, host_rewrite_literal: shadow.host, request_headers_mutations: [{ remove: X-Gone }, { remove_on_match: { key_matcher: { prefix: x-internal- } } }, { append: { header: { key: x-m, value: "%REQ(:path)%" } } }]',
      ),
    ).mirrorPolicies
    const headers = request('h/p', { 'x-gone': '1', 'x-internal-a': '1' })
    policy!.mutateHeaders(headers, streamInfo())
    expect([
      headers.has('x-gone'),
      headers.has('x-internal-a'),
      headers.get('x-m'),
      policy!.hostRewriteLiteral,
    ]).toEqual([false, false, '/p', 'shadow.host'])
  })

  test.each(['', 'cluster: a, cluster_header: b'])('refuses { %s }', (fields) => {
    const { problems } = tableFromPartial(
      routesYaml(`- { match: { prefix: / }, route: { cluster: c, ${mirror(fields)} } }`),
    )
    expect(problems.map(({ code }) => code)).toEqual(['oneof-conflict'])
  })
})

describe('upgrades', () => {
  test('are listed by lower-case type', () => {
    const rules = at(
      'upgrade_configs: [{ upgrade_type: WebSocket, enabled: false }, { upgrade_type: CONNECT, connect_config: { allow_post: true } }]',
    ).upgrades
    expect([...rules]).toEqual([
      ['websocket', { enabled: false, connect: undefined }],
      ['connect', { enabled: true, connect: { allow_post: true } }],
    ])
  })
  test.each([
    ['{ upgrade_type: websocket }, { upgrade_type: WebSocket }', 'duplicate-name'],
    ['{ upgrade_type: websocket, connect_config: {} }', 'oneof-conflict'],
  ])('refuses %s', (list, code) => {
    const { problems } = tableFromPartial(
      routesYaml(`- { match: { prefix: / }, route: { cluster: c, upgrade_configs: [${list}] } }`),
    )
    expect(problems.map((problem) => problem.code)).toEqual([code])
  })
})

test('other fields are handed on', () => {
  const route = at(
    'priority: HIGH, auto_host_rewrite: true, metadata_match: { filter_metadata: { envoy.lb: { a: b } } }, rate_limits: [{ stage: 1, actions: [{ remote_address: {} }] }]',
  )
  expect(route).toMatchObject({ priority: 1, autoHostRewrite: true, metadataMatch: { a: 'b' } })
  expect(route.rateLimits).toHaveLength(1)
})

test('clusters that are not there are problems, unless they are not to be looked at', () => {
  const yaml = routesYaml(`
    - { match: { prefix: / }, route: { cluster: gone, request_mirror_policies: [{ cluster: shadow }] } }
    - { match: { prefix: / }, route: { weighted_clusters: { clusters: [{ name: c, weight: 1 }, { name: lost, weight: 1 }] } } }
  `)
  const clusters = new Set(['c'])
  const paths = (text: string, options = {}) =>
    tableFrom(text, { clusters, ...options }).problems.map(({ path }) => path)
  expect(paths(yaml)).toEqual([
    'virtual_hosts[0].routes[0].route.cluster',
    'virtual_hosts[0].routes[0].route.request_mirror_policies[0].cluster',
    'virtual_hosts[0].routes[1].route.weighted_clusters.clusters[1].name',
  ])
  expect(paths(`validate_clusters: false\n${yaml}`)).toEqual([])
  expect(paths(yaml, { validateClusters: false })).toEqual([])
  expect(tableFrom(yaml).problems).toEqual([])
})

test('routes that say nothing share one policy', () => {
  const { table } = tableFrom(
    routesYaml(
      '- { match: { prefix: /a }, route: { cluster: a } }\n- { match: { prefix: /b }, route: { cluster: b, prefix_rewrite: / } }',
    ),
  )
  const policyOf = (url: string): unknown => (forward(table, request(url)) as unknown as { policy: unknown }).policy
  expect(policyOf('h/a')).toBe(policyOf('h/b'))
})

import { describe, expect, test } from 'vitest'
import { loadBootstrap } from '../load/load-bootstrap.ts'
import { load } from '../load/load.ts'

const T = 'type.googleapis.com/envoy.extensions'

interface Parts {
  readonly filters?: string
  readonly after?: string
  readonly routes?: string
  readonly domains?: string
  readonly host?: string
  readonly route?: string
  readonly hosts?: string
  readonly listeners?: string
  readonly clusters?: string
  readonly top?: string
}

/** A bootstrap that Envoy takes, with something put into it. */
function bootstrap(parts: Parts): string {
  const {
    filters = '',
    after = '',
    routes = '',
    domains = '["*"]',
    host = '',
    route = 'route: { cluster: a }',
    hosts = '',
    listeners = '',
    clusters = '',
    top = '',
  } = parts
  return `static_resources:
  listeners:
  - name: l
    address: { socket_address: { address: 127.0.0.1, port_value: 18080 } }
    filter_chains:
    - filters:
      - name: hcm
        typed_config:
          "@type": ${T}.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: s
          http_filters: [${filters}{name: r, typed_config: {"@type": ${T}.filters.http.router.v3.Router}}${after}]
          route_config:
            name: rc
            ${routes}
            virtual_hosts:
            - name: v
              domains: ${domains}
              ${host}
              routes:
              - match: { prefix: "/" }
                ${route}
${hosts}
${listeners}
  clusters:
  - name: a
    type: STATIC
    load_assignment: {cluster_name: a, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 80}}}}]}]}
${clusters}
${top}
`
}

const CHAIN = 'static_resources.listeners[0].filter_chains[0].filters[0].typed_config'
const HOST = `${CHAIN}.route_config.virtual_hosts[0]`
const ROUTE = `${HOST}.routes[0].route`
const B = 'static_resources.clusters[1]'

/** The problems of such a bootstrap, each with what stands in the text at its very place. */
function said(parts: Parts): string[] {
  const text = bootstrap(parts)
  const lines = text.split('\n')
  return loadBootstrap(text)
    .problems.filter(({ code }) => code !== 'deprecated')
    .map(
      ({ line, column, severity, code, path }) =>
        `${severity} ${code} ${path} @ ${lines[line - 1]!.slice(column - 1, column + 13)}`,
    )
}

test('the bootstrap that the cases change has no problems', () => {
  expect(said({})).toEqual([])
})

describe('names that lead nowhere', () => {
  test.each<[string, Parts, string[]]>([
    ['a route', { route: 'route: { cluster: zz }' }, [`error dangling-reference ${ROUTE}.cluster @ cluster: zz }`]],
    [
      'a route that need not be looked at',
      { route: 'route: { cluster: zz }', routes: 'validate_clusters: false' },
      [`warning dangling-reference ${ROUTE}.cluster @ cluster: zz }`],
    ],
    [
      'a route where clusters come later',
      { route: 'route: { cluster: zz }', top: 'dynamic_resources: {cds_config: {path_config_source: {path: /x}}}' },
      [`warning dangling-reference ${ROUTE}.cluster @ cluster: zz }`],
    ],
    ['a route by header', { route: 'route: { cluster_header: x }' }, []],
    [
      'a weighted cluster',
      { route: 'route: { weighted_clusters: { clusters: [{name: a, weight: 1},{name: zz, weight: 1}] } }' },
      [`error dangling-reference ${ROUTE}.weighted_clusters.clusters[1].name @ name: zz, weig`],
    ],
    [
      'a mirror of a route',
      { route: 'route: { cluster: a, request_mirror_policies: [{cluster: zz}] }' },
      [`error dangling-reference ${ROUTE}.request_mirror_policies[0].cluster @ cluster: zz}] `],
    ],
    [
      'a mirror of a virtual host',
      { host: 'request_mirror_policies: [{cluster: zz}]' },
      [`error dangling-reference ${HOST}.request_mirror_policies[0].cluster @ cluster: zz}]`],
    ],
    [
      'a TCP proxy',
      {
        listeners: `  - { name: m, address: {socket_address: {address: 127.0.0.1, port_value: 18082}}, filter_chains: [{filters: [{name: t, typed_config: {"@type": ${T}.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: t, cluster: zz}}]}] }`,
      },
      [
        'warning dangling-reference static_resources.listeners[1].filter_chains[0].filters[0].typed_config.cluster @ cluster: zz}}]',
      ],
    ],
    [
      'a gRPC service',
      {
        filters: `{name: e, typed_config: {"@type": ${T}.filters.http.ext_authz.v3.ExtAuthz, grpc_service: {envoy_grpc: {cluster_name: zz}}}}, `,
      },
      [
        `warning dangling-reference ${CHAIN}.http_filters[0].typed_config.grpc_service.envoy_grpc.cluster_name @ cluster_name: `,
      ],
    ],
    [
      'an HTTP service',
      {
        filters: `{name: e, typed_config: {"@type": ${T}.filters.http.ext_authz.v3.ExtAuthz, http_service: {server_uri: {uri: "http://x", cluster: zz, timeout: 1s}}}}, `,
      },
      [
        `warning dangling-reference ${CHAIN}.http_filters[0].typed_config.http_service.server_uri.cluster @ cluster: zz, t`,
      ],
    ],
    [
      'a JWT provider',
      {
        filters: `{name: e, typed_config: {"@type": ${T}.filters.http.jwt_authn.v3.JwtAuthentication, providers: {p: {local_jwks: {inline_string: x}}}, rules: [{match: {prefix: /}, requires: {provider_name: pp}}]}}, `,
      },
      [
        `error dangling-reference ${CHAIN}.http_filters[0].typed_config.rules[0].requires.provider_name @ provider_name:`,
      ],
    ],
  ])('%s', (_, parts, problems) => {
    expect(said(parts)).toEqual(problems)
  })

  test('the nearest name is offered', () => {
    expect(loadBootstrap(bootstrap({ route: 'route: { cluster: ab }' })).problems[0]).toMatchObject({
      message: 'the route leads to cluster "ab", which is not there',
      hint: 'did you mean "a"?',
    })
  })

  test('a route configuration by itself does not say what its clusters are', () => {
    expect(
      load(
        'envoy.config.route.v3.RouteConfiguration',
        'virtual_hosts: [{name: a, domains: [b], routes: [{match: {prefix: /}, route: {cluster: c}}]}]',
      ).problems,
    ).toEqual([])
  })
})

test('a secret that is of no kind', () => {
  const { problems } = loadBootstrap('static_resources: { secrets: [{ name: a }] }')
  expect(problems.map(({ code, path }) => `${code} ${path}`)).toEqual(['missing-field static_resources.secrets[0]'])
})

describe('what is there twice', () => {
  const listener = (name: string, address: string): string =>
    `  - { name: ${name}, address: {socket_address: ${address}}, default_filter_chain: {} }`
  test.each<[string, Parts, string[]]>([
    ['a cluster', { clusters: '  - { name: a, type: STATIC }' }, [`error duplicate-name ${B}.name @ name: a, type:`]],
    [
      'a listener',
      { listeners: listener('l', '{address: 127.0.0.1, port_value: 18081}') },
      ['error duplicate-name static_resources.listeners[1].name @ name: l, addre'],
    ],
    [
      'an address',
      { listeners: listener('m', '{address: 127.0.0.1, port_value: 18080}') },
      ['error duplicate-address static_resources.listeners[1].address @ {socket_addres'],
    ],
    ['an address of UDP', { listeners: listener('m', '{address: 127.0.0.1, port_value: 18080, protocol: UDP}') }, []],
    [
      'a free port',
      {
        listeners: `${listener('m', '{address: 127.0.0.1, port_value: 0}')}\n${listener('o', '{address: 127.0.0.1, port_value: 0}')}`,
      },
      [],
    ],
    [
      'a domain in one virtual host',
      { domains: '["a.com","A.com"]' },
      [`error duplicate-domain ${HOST}.domains[1] @ "A.com"]`],
    ],
    [
      'a domain in two virtual hosts',
      { hosts: '            - { name: w, domains: ["x", "*"], routes: [] }' },
      [`error duplicate-domain ${CHAIN}.route_config.virtual_hosts[1].domains[1] @ "*"], routes: `],
    ],
    [
      'a virtual host',
      { hosts: '            - { name: v, domains: ["x"], routes: [] }' },
      [`warning duplicate-name ${CHAIN}.route_config.virtual_hosts[1].name @ name: v, domai`],
    ],
    [
      'a filter chain match',
      {
        listeners:
          '  - { name: m, address: {socket_address: {address: 127.0.0.1, port_value: 18082}}, filter_chains: [{name: x, filter_chain_match: {server_names: [a.com, b.com]}},{name: z, filter_chain_match: {server_names: [b.com]}}] }',
      },
      ['error duplicate-match static_resources.listeners[1].filter_chains[1].filter_chain_match @ filter_chain_m'],
    ],
    [
      'filter chains without a match',
      {
        listeners:
          '  - { name: m, address: {socket_address: {address: 127.0.0.1, port_value: 18082}}, filter_chains: [{name: x},{name: z}] }',
      },
      ['error duplicate-match static_resources.listeners[1].filter_chains[1].filter_chain_match @ {name: z}] }'],
    ],
  ])('%s', (_, parts, problems) => {
    expect(said(parts)).toEqual(problems)
  })
})

describe('fields that do not fit together', () => {
  test.each<[string, Parts, string[]]>([
    [
      'weights of nothing',
      { route: 'route: { weighted_clusters: { clusters: [{name: a, weight: 0}] } }' },
      [`error weights ${ROUTE}.weighted_clusters.clusters @ clusters: [{na`],
    ],
    [
      'a weighted cluster without a name',
      { route: 'route: { weighted_clusters: { clusters: [{weight: 1}] } }' },
      [`error missing-field ${ROUTE}.weighted_clusters.clusters[0] @ {weight: 1}] }`],
    ],
    [
      'two rewrites',
      { route: 'route: { cluster: a, prefix_rewrite: /x, regex_rewrite: { pattern: { regex: a }, substitution: b } }' },
      [`error oneof-conflict ${ROUTE}.regex_rewrite @ regex_rewrite:`],
    ],
    [
      'a rewrite and a formatted one',
      { route: 'route: { cluster: a, prefix_rewrite: /x, path_rewrite: /y }' },
      [`error oneof-conflict ${ROUTE}.path_rewrite @ path_rewrite: `],
    ],
    [
      'a pseudo header',
      { host: 'request_headers_to_add: [{header: {key: ":path", value: x}}]' },
      [`error reserved-header ${HOST}.request_headers_to_add[0].header.key @ key: ":path", `],
    ],
    [
      'the host',
      { host: 'request_headers_to_add: [{header: {key: "Host", value: x}}]' },
      [`error reserved-header ${HOST}.request_headers_to_add[0].header.key @ key: "Host", v`],
    ],
    [
      'a header to remove',
      { host: 'response_headers_to_remove: [x, ":status"]' },
      [`error reserved-header ${HOST}.response_headers_to_remove[1] @ ":status"]`],
    ],
    [
      'append and append_action',
      { host: 'request_headers_to_add: [{header: {key: x, value: x}, append: false, append_action: ADD_IF_ABSENT}]' },
      [`error oneof-conflict ${HOST}.request_headers_to_add[0].append @ append: false,`],
    ],
    [
      'append and append_action in a health check',
      {
        clusters:
          '  - {name: b, type: STRICT_DNS, health_checks: [{timeout: 1s, interval: 1s, healthy_threshold: 1, unhealthy_threshold: 1, http_health_check: {path: /, request_headers_to_add: [{header: {key: x, value: x}, append: true, append_action: ADD_IF_ABSENT}]}}]}',
      },
      [
        `warning no-endpoints ${B} @ {name: b, type`,
        `error oneof-conflict ${B}.health_checks[0].http_health_check.request_headers_to_add[0].append @ append: true, `,
      ],
    ],
    [
      'a router that is not last',
      { after: `, {name: c, typed_config: {"@type": ${T}.filters.http.cors.v3.Cors}}` },
      [
        `error filter-order ${CHAIN}.http_filters[0] @ {name: r, type`,
        `error filter-order ${CHAIN}.http_filters[1] @ {name: c, type`,
      ],
    ],
    [
      'two routers',
      { after: `, {name: c, typed_config: {"@type": ${T}.filters.http.router.v3.Router}}` },
      [`error filter-order ${CHAIN}.http_filters[0] @ {name: r, type`],
    ],
    [
      'a chain that does not end',
      {
        listeners: `  - { name: m, address: {socket_address: {address: 127.0.0.1, port_value: 18082}}, filter_chains: [{filters: [{name: t, typed_config: {"@type": ${T}.filters.network.sni_cluster.v3.SniCluster}}]}] }`,
      },
      ['error filter-order static_resources.listeners[1].filter_chains[0].filters[0] @ {name: t, type'],
    ],
    [
      'an extension by its name alone',
      { filters: '{name: my.filter}, ' },
      [`error missing-field ${CHAIN}.http_filters[0] @ {name: my.filt`],
    ],
    [
      'a listener without an address',
      { listeners: '  - { name: m, filter_chains: [{}] }' },
      ['error missing-field static_resources.listeners[1] @ { name: m, fil'],
    ],
    [
      'a listener on a name',
      {
        listeners:
          '  - { name: m, address: {socket_address: {address: localhost, port_value: 1}}, filter_chains: [{}] }',
      },
      ['error malformed-address static_resources.listeners[1].address.socket_address.address @ address: local'],
    ],
    [
      'a listener without filter chains',
      { listeners: '  - { name: m, address: {socket_address: {address: 127.0.0.1, port_value: 1}} }' },
      ['error missing-field static_resources.listeners[1] @ { name: m, add'],
    ],
    [
      'retries that wait less and less',
      {
        route:
          'route: {cluster: a, retry_policy: {retry_on: 5xx, retry_back_off: {base_interval: 1s, max_interval: 0.5s}}}',
      },
      [`error rule ${ROUTE}.retry_policy.retry_back_off.max_interval @ max_interval: `],
    ],
    [
      'a collector of Zipkin that is not there',
      {
        top: `tracing: {http: {name: z, typed_config: {"@type": ${T.replace('.extensions', '')}.config.trace.v3.ZipkinConfig, collector_cluster: zz}}}`,
      },
      ['error dangling-reference tracing.http.typed_config.collector_cluster @ collector_clus'],
    ],
    [
      'a retry condition that is not there',
      { route: 'route: {cluster: a, retry_policy: {retry_on: "5xx,connect-failur"}}' },
      [`warning unknown-value ${ROUTE}.retry_policy.retry_on @ retry_on: "5xx`],
    ],
    [
      'a direct response that is too long',
      { route: `direct_response: {status: 200, body: {inline_string: "${'x'.repeat(4097)}"}}` },
      [`error rule ${HOST}.routes[0].direct_response.body @ {inline_string`],
    ],
    [
      'a direct response that is let be long',
      {
        routes: 'max_direct_response_body_size_bytes: 5000',
        route: `direct_response: {status: 200, body: {inline_string: "${'x'.repeat(4097)}"}}`,
      },
      [],
    ],
  ])('%s', (_, parts, problems) => {
    expect(said(parts)).toEqual(problems)
  })
})

describe('clusters', () => {
  const endpoint = (host: string): string =>
    `{endpoint: {address: {socket_address: {address: ${host}, port_value: 80}}}}`
  const assignment = (...hosts: string[]): string =>
    `load_assignment: {cluster_name: b, endpoints: [{lb_endpoints: [${hosts.map(endpoint).join(', ')}]}]}`
  test.each<[string, string, string[]]>([
    [
      'STATIC with a name',
      `type: STATIC, ${assignment('foo')}`,
      [
        `error malformed-address ${B}.load_assignment.endpoints[0].lb_endpoints[0].endpoint.address.socket_address.address @ address: foo, `,
      ],
    ],
    ['STRICT_DNS with a name', `type: STRICT_DNS, ${assignment('foo', 'bar')}`, []],
    ['STRICT_DNS without endpoints', 'type: STRICT_DNS', [`warning no-endpoints ${B} @ { name: b, typ`]],
    [
      'LOGICAL_DNS with two endpoints',
      `type: LOGICAL_DNS, ${assignment('foo', 'bar')}`,
      [`error endpoints ${B}.load_assignment @ load_assignmen`],
    ],
    ['LOGICAL_DNS without endpoints', 'type: LOGICAL_DNS', [`error endpoints ${B} @ { name: b, typ`]],
    ['EDS without a source', 'type: EDS', [`error missing-field ${B}.type @ type: EDS }`]],
    [
      'ORIGINAL_DST with endpoints',
      `type: ORIGINAL_DST, lb_policy: CLUSTER_PROVIDED, ${assignment('1.2.3.4')}`,
      [`error endpoints ${B}.load_assignment @ load_assignmen`],
    ],
    [
      'ORIGINAL_DST with a policy',
      'type: ORIGINAL_DST, lb_policy: RANDOM',
      [`error lb-policy ${B}.lb_policy @ lb_policy: RAN`],
    ],
    [
      'CLUSTER_PROVIDED by a cluster that provides none',
      'type: STATIC, lb_policy: CLUSTER_PROVIDED',
      [`error lb-policy ${B}.lb_policy @ lb_policy: CLU`],
    ],
    [
      'LOAD_BALANCING_POLICY_CONFIG without it',
      'type: STATIC, lb_policy: LOAD_BALANCING_POLICY_CONFIG',
      [`error missing-field ${B}.lb_policy @ lb_policy: LOA`],
    ],
    [
      'a ring whose least is more than its most',
      'lb_policy: RING_HASH, ring_hash_lb_config: {minimum_ring_size: 2000, maximum_ring_size: 1000}',
      [`error rule ${B}.ring_hash_lb_config.minimum_ring_size @ minimum_ring_s`],
    ],
    [
      'a maglev table that is not prime',
      'lb_policy: MAGLEV, maglev_lb_config: {table_size: 1000}',
      [`error rule ${B}.maglev_lb_config.table_size @ table_size: 10`],
    ],
    [
      'several health checks without names',
      'health_checks: [{timeout: 1s, interval: 1s, unhealthy_threshold: 1, healthy_threshold: 1, tcp_health_check: {}}, {name: x, timeout: 1s, interval: 1s, unhealthy_threshold: 1, healthy_threshold: 1, tcp_health_check: {}}]',
      [`error missing-field ${B}.health_checks[0] @ {timeout: 1s, `],
    ],
    ['endpoints by a cluster type of its own', `cluster_type: {name: x}, ${assignment('foo')}`, []],
  ])('%s', (_, text, problems) => {
    expect(said({ clusters: `  - { name: b, ${text} }` })).toEqual(problems)
  })
})

describe('what a route says of a filter', () => {
  const refused = (fields: string): string[] =>
    load(
      'envoy.config.route.v3.RouteConfiguration',
      `typed_per_filter_config: { f: { "@type": type.googleapis.com/envoy.config.route.v3.FilterConfig${fields} } }`,
    ).problems.map(({ code, severity }) => `${severity} ${code}`)

  test.each([
    ['', ['error missing-field']],
    [', disabled: false', ['error missing-field']],
    [', is_optional: true', ['error missing-field']],
    [', disabled: true', []],
    [', config: {}', []],
    [', config: { "@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy }', []],
    [', is_optional: true, config: { "@type": type.googleapis.com/acme.Unknown }', ['warning unknown-type']],
  ])('FilterConfig{%s}: %j', (fields, expected) => {
    expect(refused(fields)).toEqual(expected)
  })

  test('an empty config is read, and written again, as an empty one', () => {
    const text =
      'typed_per_filter_config: { f: { "@type": type.googleapis.com/envoy.config.route.v3.FilterConfig, config: {} } }'
    const { config, json } = load('envoy.config.route.v3.RouteConfiguration', text)
    expect(config?.typed_per_filter_config?.['f']).toEqual({
      '@type': 'envoy.config.route.v3.FilterConfig',
      config: { '@type': '' },
    })
    expect(json).toEqual({
      typed_per_filter_config: { f: { '@type': 'type.googleapis.com/envoy.config.route.v3.FilterConfig', config: {} } },
    })
  })
})

test.each([
  'retry_host_predicate: [{ name: envoy.retry_host_predicates.previous_hosts }]',
  'retry_priority: { name: x }',
])('a retry policy with { %s } names an extension that nobody finds', (field) => {
  const { problems } = load('envoy.config.route.v3.RetryPolicy', field)
  expect(problems.map(({ code, severity }) => [code, severity])).toEqual([['missing-field', 'error']])
})

test.each([
  ['strip_any_host_port: true\nstrip_matching_host_port: true', ['strip_matching_host_port']],
  ['strip_any_host_port: true\nstrip_matching_host_port: false', []],
  [
    'access_log_options: { access_log_flush_interval: 1s }\naccess_log_flush_interval: 2s',
    ['access_log_flush_interval'],
  ],
  [
    'common_http_protocol_options: { max_response_headers_kb: 60 }',
    ['common_http_protocol_options.max_response_headers_kb'],
  ],
  ['access_log_options: {}\nflush_access_log_on_new_request: true', ['flush_access_log_on_new_request']],
])('a connection manager says a thing in one way, and nothing of upstreams: %j', (fields, paths) => {
  const type = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
  const { problems } = load(type, `stat_prefix: s\nroute_config: {}\n${fields}`)
  expect(problems.filter(({ severity }) => severity === 'error').map(({ path }) => path)).toEqual(paths)
})

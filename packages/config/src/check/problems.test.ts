import { describe, expect, test } from 'vitest'
import { load } from '../load/load.ts'
import { loadBootstrap } from '../load/load-bootstrap.ts'
import type { LoadOptions } from '../load/options.ts'
import type { LoadResult } from '../load/result.ts'

function said({ problems }: LoadResult<unknown>): string[] {
  return problems.map(
    ({ line, column, severity, code, path, message, hint }) =>
      `${line}:${column} ${severity} ${code} ${path}: ${message}${hint === '' ? '' : ` | ${hint}`}`,
  )
}

const routes = (text: string, options: LoadOptions = {}): string[] =>
  said(load('envoy.config.route.v3.RouteConfiguration', text, options))
const cluster = (text: string, options: LoadOptions = {}): string[] =>
  said(load('envoy.config.cluster.v3.Cluster', text, options))

describe('problems of one field', () => {
  test('an unknown field, with the name that was meant', () => {
    expect(cluster('name: a\nconect_timeout: 1s')).toEqual([
      '2:1 error unknown-field conect_timeout: unknown field "conect_timeout" in Cluster | did you mean "connect_timeout"?',
    ])
    expect(cluster('name: a\nlbPolcy: RANDOM')).toEqual([
      '2:1 error unknown-field lbPolcy: unknown field "lbPolcy" in Cluster | did you mean "lb_policy"?',
    ])
    expect(cluster('name: a\nquite_another_thing: 1')).toEqual([
      '2:1 error unknown-field quite_another_thing: unknown field "quite_another_thing" in Cluster',
    ])
  })

  test('an unknown field that belongs to a message beside it or below it', () => {
    expect(
      routes(
        'virtual_hosts:\n- name: a\n  domains: [b]\n  routes:\n  - match: {prefix: /}\n    cluster: c\n    route: {cluster: c}',
      ),
    ).toEqual([
      '6:5 error unknown-field virtual_hosts[0].routes[0].cluster: unknown field "cluster" in Route | it belongs into "route"',
    ])
    expect(
      routes(
        'virtual_hosts:\n- name: a\n  domains: [b]\n  routes:\n  - match: {prefix: /, timeout: 1s}\n    route: {cluster: c}',
      ),
    ).toEqual([
      '5:24 error unknown-field virtual_hosts[0].routes[0].match.timeout: unknown field "timeout" in RouteMatch | it belongs into "route" beside it',
    ])
  })

  test('a field that only v2 had', () => {
    expect(cluster('name: a\ntls_context: {sni: b}')).toEqual([
      '2:1 error unknown-field tls_context: unknown field "tls_context" in Cluster | v3 has transport_socket with an UpstreamTlsContext instead',
    ])
    expect(
      routes(
        'virtual_hosts:\n- name: a\n  domains: [b]\n  routes:\n  - match: {regex: a}\n    route: {cluster: c, host_rewrite: d}',
      ),
    ).toEqual([
      '5:12 error missing-field virtual_hosts[0].routes[0].match: one of "prefix", "path", "safe_regex", "connect_matcher", "path_separated_prefix", "path_match_policy" is required in RouteMatch',
      '5:13 error unknown-field virtual_hosts[0].routes[0].match.regex: unknown field "regex" in RouteMatch | v3 has safe_regex: { regex: … } instead',
    ])
  })

  test('an unknown field is a warning where that is asked for', () => {
    expect(cluster('name: a\nfoo: 1', { allowUnknownFields: true })).toEqual([
      '2:1 warning unknown-field foo: unknown field "foo" in Cluster',
    ])
    expect(load('envoy.config.cluster.v3.Cluster', 'name: a\nfoo: 1', { allowUnknownFields: true }).config).toEqual({
      name: 'a',
    })
  })

  test('a wrong type', () => {
    expect(cluster('name: 5')).toEqual(['1:7 error wrong-type name: expected a text, got 5 | put it in quotes: "5"'])
    // A boolean to Envoy, whatever YAML 1.2 says.
    expect(cluster('name: no')).toEqual(['1:7 error wrong-type name: expected a text, got no | put it in quotes: "no"'])
    expect(cluster('name: "no"')).toEqual([])
    expect(cluster('name: a\nconnect_timeout: 250ms')).toEqual([
      '2:18 error wrong-type connect_timeout: expected a duration, got 250ms | write seconds: 0.25s',
    ])
    expect(cluster('name: a\nload_assignment: b')).toEqual([
      '2:18 error wrong-type load_assignment: expected an object (ClusterLoadAssignment), got b',
    ])
    expect(cluster('name: a\nhealth_checks:\n- b\n-')).toEqual([
      '3:3 error wrong-type health_checks[0]: expected an object (HealthCheck), got b',
      '4:2 warning odd-item health_checks: an item that says nothing is taken for an empty one | take the dash away',
      '4:2 error missing-field health_checks[1]: one of "http_health_check", "tcp_health_check", "grpc_health_check", "custom_health_check" is required in HealthCheck',
      '4:2 error missing-field health_checks[1]: "timeout" is required in HealthCheck',
      '4:2 error missing-field health_checks[1]: "interval" is required in HealthCheck',
      '4:2 error missing-field health_checks[1]: "unhealthy_threshold" is required in HealthCheck',
      '4:2 error missing-field health_checks[1]: "healthy_threshold" is required in HealthCheck',
    ])
    expect(cluster('name: a\nmetadata: {filter_metadata: [1]}')).toEqual([
      '2:29 error wrong-type metadata.filter_metadata: expected an object, got a list',
    ])
  })

  test('takes the items of a list in a list for items of the list around it, as Envoy does', () => {
    const { config, problems } = load('envoy.config.core.v3.Node', 'client_features: [[a, [b]], c, null]')
    expect(config?.client_features).toEqual(['a', 'b', 'c', ''])
    expect(problems.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      'warning odd-item',
      'warning odd-item',
      'warning odd-item',
    ])
  })

  test('a number that does not fit', () => {
    expect(cluster('name: a\nper_connection_buffer_limit_bytes: 5000000000')).toEqual([
      '2:36 error out-of-range per_connection_buffer_limit_bytes: 5000000000 is out of range: uint32 goes from 0 to 4294967295',
    ])
  })

  test('a name that is not among those of an enum', () => {
    expect(cluster('name: a\nlb_policy: ROUND_ROBBIN')).toEqual([
      '2:12 error unknown-value lb_policy: ROUND_ROBBIN is not one of ROUND_ROBIN, LEAST_REQUEST, RING_HASH, RANDOM, MAGLEV, CLUSTER_PROVIDED, LOAD_BALANCING_POLICY_CONFIG | did you mean ROUND_ROBIN?',
    ])
  })

  test('a missing field, also a plain number or text that may not be zero', () => {
    expect(routes('virtual_hosts:\n- domains: [a]\n- name: b')).toEqual([
      '2:3 error missing-field virtual_hosts[0]: "name" is required in VirtualHost',
      '3:3 error missing-field virtual_hosts[1]: "domains" is required in VirtualHost',
    ])
  })

  test('a oneof of which a member is needed, and one that has two', () => {
    expect(
      routes(
        'virtual_hosts:\n- name: a\n  domains: [b]\n  routes:\n  - match: {}\n    route: {cluster: c, cluster_header: d}',
      ),
    ).toEqual([
      '5:12 error missing-field virtual_hosts[0].routes[0].match: one of "prefix", "path", "safe_regex", "connect_matcher", "path_separated_prefix", "path_match_policy" is required in RouteMatch',
      '6:25 error oneof-conflict virtual_hosts[0].routes[0].route.cluster_header: "cluster" and "cluster_header" exclude each other | keep one of the two',
    ])
  })

  test('a field in both spellings', () => {
    expect(cluster('name: a\nconnect_timeout: 1s\nconnectTimeout: 2s')).toEqual([
      '3:1 error duplicate-key connect_timeout: "connect_timeout" is written twice, as snake_case and as camelCase | keep one of the two',
    ])
  })

  test('a deprecated field is a warning', () => {
    expect(cluster('name: a\nhttp2_protocol_options: {}')).toEqual([
      '2:1 warning deprecated http2_protocol_options: "http2_protocol_options" of Cluster is deprecated',
    ])
    expect(load('envoy.config.cluster.v3.Cluster', 'name: a\nhttp2_protocol_options: {}').config).toBeDefined()
    expect(
      load('envoy.config.cluster.v3.Cluster', 'name: a\nhttp2_protocol_options: {}', { strict: true }).config,
    ).toBeUndefined()
  })

  test('problems of a TypedStruct and of an alias stand where they were written', () => {
    const text =
      'name: a\nload_balancing_policy:\n  policies:\n  - typed_extension_config:\n      name: x\n      typed_config:\n        "@type": type.googleapis.com/xds.type.v3.TypedStruct\n        type_url: envoy.extensions.load_balancing_policies.random.v3.Random\n        value:\n          foo: 1'
    expect(cluster(text)).toEqual([
      '10:11 error unknown-field load_balancing_policy.policies[0].typed_extension_config.typed_config.value.foo: unknown field "foo" in Random',
    ])
    expect(cluster('metadata: {filter_metadata: {k: &a {b: 1}}}\nname: *a')).toEqual([
      '1:36 error wrong-type name: expected a text, got an object',
    ])
  })
})

describe('problems of an Any', () => {
  const read = (text: string): string[] =>
    said(load('envoy.config.core.v3.TypedExtensionConfig', `name: a\ntyped_config:\n  ${text}`))

  test('a type that is not there', () => {
    expect(read('"@type": type.googleapis.com/envoy.extensions.filters.http.bufer.v3.Buffer')).toEqual([
      '3:12 error unknown-type typed_config.@type: there is no type "envoy.extensions.filters.http.bufer.v3.Buffer" | did you mean type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer?',
    ])
  })

  test('a type of v2 is given its v3 name', () => {
    expect(read('"@type": type.googleapis.com/envoy.config.filter.http.router.v2.Router')).toEqual([
      '3:12 error unknown-type typed_config.@type: there is no type "envoy.config.filter.http.router.v2.Router" | v3 calls it type.googleapis.com/envoy.extensions.filters.http.router.v3.Router',
    ])
    expect(read('"@type": type.googleapis.com/envoy.api.v2.auth.UpstreamTlsContext')).toEqual([
      '3:12 error unknown-type typed_config.@type: there is no type "envoy.api.v2.auth.UpstreamTlsContext" | v3 calls it type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
    ])
  })

  test('no type at all', () => {
    expect(read('foo: 1')).toEqual([
      '3:3 error missing-field typed_config: "@type" is required: it says what the object is',
    ])
    expect(read('"@type": [1]')).toEqual([
      '3:12 error wrong-type typed_config.@type: expected the name of a type, got a list',
    ])
    expect(read('"@type": type.googleapis.com/google.protobuf.StringValue')).toEqual([
      '3:3 error missing-field typed_config: "value" is required: it holds the google.protobuf.StringValue',
    ])
  })
})

describe('validation rules', () => {
  test.each<[string, string]>([
    ['name: ""', '1:7 error rule name: must not be empty'],
    ['name: a\nconnect_timeout: 0s', '2:18 error rule connect_timeout: must be greater than 0s'],
    [
      'name: a\nload_assignment: {cluster_name: a, endpoints: [{priority: 200}]}',
      '2:59 error rule load_assignment.endpoints[0].priority: must be 128 or less',
    ],
    [
      'name: a\nring_hash_lb_config: {maximum_ring_size: 9000000}',
      '2:42 error rule ring_hash_lb_config.maximum_ring_size: must be 8388608 or less',
    ],
    [
      'name: a\nlb_policy: 9',
      '2:12 error unknown-value lb_policy: 9 is not one of ROUND_ROBIN, LEAST_REQUEST, RING_HASH, RANDOM, MAGLEV, CLUSTER_PROVIDED, LOAD_BALANCING_POLICY_CONFIG',
    ],
    [
      'name: a\nhealth_checks: {timeout: 1s, interval: 1s, unhealthy_threshold: 1, healthy_threshold: 1, http_health_check: {path: "a\\nb"}}',
      '2:116 error rule health_checks[0].http_health_check.path: "a\\nb" is not a legal header value',
    ],
    ['name: a\ncleanup_interval: 0s', '2:19 error rule cleanup_interval: must be greater than 0s'],
    ['name: a\nlb_subset_config: {subset_selectors: {keys: [b], fallback_keys_subset: [c, c]}}', ''],
  ])('%s', (text, problem) => {
    expect(cluster(text)).toEqual(problem === '' ? [] : [problem])
  })

  test.each<[string, string]>([
    ['domains: []', '3:12 error rule virtual_hosts[0].domains: needs 1 item or more, has 0'],
    ['domains: [b]\n  request_headers_to_remove: ["a b"]', ''],
    [
      'domains: [b]\n  request_headers_to_remove: ["a\\nb"]',
      '4:31 error rule virtual_hosts[0].request_headers_to_remove[0]: "a\\nb" is not a legal header name',
    ],
    [
      'domains: [b]\n  routes: [{match: {path_separated_prefix: /a/}, redirect: {}}]',
      '4:44 error rule virtual_hosts[0].routes[0].match.path_separated_prefix: "/a/" does not match ^[^?#]+[^?#/]$',
    ],
    [
      'domains: [b]\n  routes: [{match: {prefix: /}, direct_response: {status: 99}}]',
      '4:59 error rule virtual_hosts[0].routes[0].direct_response.status: must be 200 or more',
    ],
  ])('%s', (text, problem) => {
    expect(routes(`virtual_hosts:\n- name: a\n  ${text}`)).toEqual(problem === '' ? [] : [problem])
  })

  test('a list whose items have to differ', () => {
    const text =
      'compressor_library: {name: a, typed_config: {"@type": type.googleapis.com/envoy.extensions.compression.gzip.compressor.v3.Gzip}}\nresponse_direction_config:\n  uncompressible_response_codes: [204, 204, 700]'
    expect(said(load('envoy.extensions.filters.http.compressor.v3.Compressor', text))).toEqual([
      '3:34 error rule response_direction_config.uncompressible_response_codes: the items have to differ from each other',
      '3:45 error rule response_direction_config.uncompressible_response_codes[2]: must be less than 600',
    ])
  })
})

test('all problems of a file come in one pass, in the order of the text', () => {
  const text = 'admin:\n  adress: {}\nstatic_resources:\n  clusters:\n  - name: a\n    type: STATICC\n  - nam: b\n'
  expect(said(loadBootstrap(text)).map((line) => line.split(':').slice(0, 2).join(':').replace(/ .*/, ''))).toEqual([
    '2:3',
    '6:11',
    '7:5',
    '7:5',
  ])
})

test('a part that is wrong does not hide what is beside it', () => {
  const { config, partial } = loadBootstrap('static_resources:\n  clusters:\n  - name: a\n    type: NOPE\n')
  expect(config).toBeUndefined()
  expect(partial).toEqual({ static_resources: { clusters: [{ name: 'a' }] } })
})

import { describe, expect, it } from 'vitest'
import { failuresOf, runTests } from '../testing/route-tests.ts'
import { dedent } from '../testing/yaml.ts'

// One configuration with every field that can stand around and in a route, as route tests meet them.
const CONFIG = dedent(`
  name: everything
  internal_only_headers: [x-inside]
  validate_clusters: true
  most_specific_header_mutations_wins: true
  max_direct_response_body_size_bytes: 20
  ignore_port_in_host_matching: true
  ignore_path_parameters_in_path_matching: true
  request_mirror_policies: [{ cluster: shadow-of-all }]
  cluster_specifier_plugins:
  - is_optional: true
    extension: { name: gone, typed_config: { "@type": type.googleapis.com/xds.type.v3.TypedStruct, type_url: acme.Unknown, value: {} } }
  - extension:
      name: by-team
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.router.cluster_specifiers.matcher.v3.MatcherClusterSpecifier
        cluster_matcher:
          matcher_tree:
            input: { name: i, typed_config: { "@type": type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput, header_name: x-team } }
            exact_match_map: { map: { red: { action: { name: a, typed_config: { "@type": type.googleapis.com/envoy.extensions.router.cluster_specifiers.matcher.v3.ClusterAction, cluster: red } } } } }
  typed_per_filter_config: { a: { "@type": type.googleapis.com/envoy.config.route.v3.FilterConfig, disabled: true } }
  metadata: { filter_metadata: { team: { of: all } } }
  request_headers_to_add: [{ header: { key: x-level, value: config }, append_action: OVERWRITE_IF_EXISTS_OR_ADD }]
  request_headers_to_remove: [x-gone]
  response_headers_to_add: [{ header: { key: x-answered, value: config } }]
  response_headers_to_remove: [x-powered-by]
  virtual_hosts:
  - name: fields
    domains: [fields.example, "*.fields.example"]
    require_tls: NONE
    include_request_attempt_count: true
    include_attempt_count_in_response: true
    include_is_timeout_retry_header: true
    per_request_buffer_limit_bytes: 1000
    request_mirror_policies: [{ cluster: shadow-of-host, runtime_fraction: { default_value: { numerator: 50 } } }]
    retry_policy: { retry_on: 5xx, num_retries: 2 }
    hedge_policy: { hedge_on_per_try_timeout: true }
    rate_limits: [{ actions: [{ remote_address: {} }] }]
    metadata: { filter_metadata: { team: { of: host } } }
    request_headers_to_add: [{ header: { key: x-level, value: host }, append_action: OVERWRITE_IF_EXISTS_OR_ADD }]
    virtual_clusters:
    - { name: writes, headers: [{ name: ":method", string_match: { exact: POST } }] }
    routes:
    - name: plugin
      match: { prefix: /team }
      route: { cluster_specifier_plugin: by-team }
    - match: { prefix: /gone }
      route: { cluster_specifier_plugin: gone }
    - name: action
      match: { path_separated_prefix: /action, case_sensitive: false, headers: [{ name: x-need }], query_parameters: [{ name: q, string_match: { prefix: "1" } }] }
      metadata: { filter_metadata: { team: { of: route } } }
      decorator: { operation: op }
      tracing: { client_sampling: { numerator: 10 } }
      stat_prefix: action
      request_headers_to_add: [{ header: { key: x-level, value: route }, append_action: OVERWRITE_IF_EXISTS_OR_ADD }]
      response_headers_to_add: [{ header: { key: x-served, value: "%REQ(x-need)%" } }]
      route:
        cluster: action
        cluster_not_found_response_code: NOT_FOUND
        metadata_match: { filter_metadata: { envoy.lb: { stage: prod } } }
        prefix_rewrite: /rewritten
        host_rewrite_header: x-host
        append_x_forwarded_host: true
        timeout: 0.5s
        idle_timeout: 3s
        flush_timeout: 4s
        early_data_policy: { name: e, typed_config: { "@type": type.googleapis.com/envoy.extensions.early_data.v3.DefaultEarlyDataPolicy } }
        retry_policy: { retry_on: reset, per_try_timeout: 0.1s, retry_back_off: { base_interval: 0.01s } }
        request_mirror_policies: [{ cluster: shadow-of-route }]
        priority: HIGH
        include_vh_rate_limits: true
        rate_limits: [{ actions: [{ generic_key: { descriptor_value: x } }] }]
        hash_policy: [{ header: { header_name: x-need } }]
        cors: { allow_origin_string_match: [{ exact: a }] }
        max_stream_duration: { grpc_timeout_header_max: 1s }
        upgrade_configs: [{ upgrade_type: websocket }]
        internal_redirect_policy: { max_internal_redirects: 2 }
        hedge_policy: { hedge_on_per_try_timeout: true }
    - match: { safe_regex: { regex: "/users/(\\\\d+)" } }
      route: { cluster: users, regex_rewrite: { pattern: { regex: "^/users/" }, substitution: "/u/" }, host_rewrite_path_regex: { pattern: { regex: "^/users/(\\\\d+)$" }, substitution: "u\\\\1.fields" } }
    - match:
        path_match_policy: { name: m, typed_config: { "@type": type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: "/t/{a}/{b}" } }
      route:
        cluster: template
        path_rewrite_policy: { name: r, typed_config: { "@type": type.googleapis.com/envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig, path_template_rewrite: "/{b}/{a}" } }
    - match: { prefix: /auto }
      route: { cluster: auto, auto_host_rewrite: true, max_grpc_timeout: 1s, grpc_timeout_offset: 0.1s }
    - match: { prefix: /split }
      route:
        weighted_clusters:
          total_weight: 100
          clusters:
          - { name: blue, weight: 25, host_rewrite_literal: blue.fields, request_headers_to_add: [{ header: { key: x-side, value: blue } }] }
          - { cluster_header: x-side-cluster, weight: 75, response_headers_to_add: [{ header: { key: x-side, value: dynamic } }], response_headers_to_remove: [x-answered] }
    - match: { prefix: /keyed, runtime_fraction: { runtime_key: keyed.on, default_value: { numerator: 0 } } }
      route: { weighted_clusters: { runtime_key_prefix: keyed, clusters: [{ name: one, weight: 1 }, { name: two, weight: 0 }] } }
    - match: { prefix: /page }
      direct_response: { status: 201, body: { inline_string: "twenty bytes at most" } }
    - match: { prefix: /move }
      redirect: { scheme_redirect: https, host_redirect: moved.example, port_redirect: 8443, prefix_rewrite: /to, response_code: PERMANENT_REDIRECT, strip_query: true }
    - match: { prefix: /nothing }
      non_forwarding_action: {}
    - match: { prefix: /filter }
      filter_action: {}
    - match: { prefix: "", cookies: [{ name: sid, string_match: { exact: "7" } }], grpc: {} }
      route: { cluster: grpc }
`)

/** The failures of one test; the host is that of the configuration. */
function one(input: string, validate: string): readonly string[] {
  const text = `tests:\n- test_name: t\n  input: { authority: "www.fields.example:8080", ${input} }\n  validate: { ${validate} }\n`
  return failuresOf(runTests(CONFIG, text))
}

const GET = (path: string, more = ''): string => `method: GET, path: "${path}"${more}`
const header = (key: string, value: string): string => `{ key: ${key}, value: "${value}" }`

describe('every field of routes, as tests in Envoy’s format see it', () => {
  it.each([
    [GET('/team', `, additional_request_headers: [${header('x-team', 'red')}]`), 'cluster_name: red'],
    [GET('/team'), 'cluster_name: "", virtual_host_name: fields'],
    [GET('/gone'), 'cluster_name: "", virtual_host_name: ""'],
    [
      GET('/Action/x?q=1', `, additional_request_headers: [${header('x-need', 'n')}, ${header('x-host', 'h.fields')}]`),
      'cluster_name: action, path_rewrite: "/rewritten/x?q=1", host_rewrite: h.fields, timeout: 0.5s, virtual_cluster_name: other',
    ],
    [
      GET('/action;p?q=1', `, additional_request_headers: [${header('x-need', 'n')}, ${header('x-gone', '1')}]`),
      'request_header_matches: [{ name: x-level, string_match: { exact: route } }, { name: x-gone, present_match: false }], response_header_matches: [{ name: x-served, string_match: { exact: "n" } }, { name: x-answered, string_match: { exact: config } }]',
    ],
    [
      GET(
        '/action?q=1',
        `, additional_request_headers: [${header('x-need', 'n')}], additional_response_headers: [${header('x-powered-by', 'p')}]`,
      ),
      'response_header_matches: [{ name: x-powered-by, present_match: true, invert_match: true }], route_metadata: [{ namespace: team, key: of, value: route }]',
    ],
    [GET('/action?q=2', `, additional_request_headers: [${header('x-need', 'n')}]`), 'cluster_name: ""'],
    [GET('/users/12'), 'cluster_name: users, path_rewrite: /u/12, host_rewrite: u12.fields'],
    [GET('/t/1/2?q'), 'cluster_name: template, path_rewrite: "/2/1?q"'],
    [GET('/auto'), 'cluster_name: auto, host_rewrite: "www.fields.example:8080", path_rewrite: /auto'],
    [
      GET('/split', ', random_value: 24'),
      'cluster_name: blue, host_rewrite: blue.fields, request_header_fields: [{ key: x-side, value: blue }]',
    ],
    [
      GET('/split', `, random_value: 25, additional_request_headers: [${header('x-side-cluster', 'mine')}]`),
      'cluster_name: mine, response_header_fields: [{ key: x-side, value: dynamic }]',
    ],
    [GET('/keyed'), 'cluster_name: ""'],
    [GET('/keyed', ', runtime: keyed.on'), 'cluster_name: one'],
    [GET('/page'), 'code_redirect: 201, path_redirect: "http://www.fields.example:8080/page", cluster_name: ""'],
    [
      GET('/move/a?q', ', ssl: true'),
      'code_redirect: 308, path_redirect: "https://moved.example:8443/to/a", path_rewrite: "", host_rewrite: ""',
    ],
    [GET('/nothing'), 'cluster_name: "", virtual_host_name: fields, path_rewrite: /nothing'],
    [GET('/filter'), 'cluster_name: "", virtual_host_name: fields, path_rewrite: /filter'],
    [
      `method: POST, path: /x, internal: true, additional_request_headers: [${header('cookie', 'sid=7')}, ${header('content-type', 'application/grpc')}]`,
      'cluster_name: grpc, virtual_cluster_name: writes, request_header_fields: [{ key: x-envoy-internal, value: "true" }]',
    ],
  ])('%s: %s', (input, validate) => {
    expect(one(input, validate)).toEqual([])
  })

  it('takes the values of the file’s runtime for every key, and those of a test’s fraction for its own', () => {
    const text = `
runtime: { keyed.one: 0, keyed.two: 5, keyed.on: 100 }
tests:
- test_name: t
  input: { authority: fields.example, method: GET, path: /keyed, random_value: 99 }
  validate: { cluster_name: two }
`
    expect(failuresOf(runTests(CONFIG, text))).toEqual([])
  })
})

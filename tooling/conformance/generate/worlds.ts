import fc from 'fast-check'
import type { Tree } from '../model/document.ts'
import { maybe, merged } from './combine.ts'

// What stands around a virtual host: the listener with its filters, and clusters whose hosts are sick, few or slow to say yes.

const TYPE = 'type.googleapis.com/envoy'
const always = { numerator: 100 }

const address = merged(
  maybe(fc.constant({ use_remote_address: true })),
  maybe(fc.constantFrom(1, 2).map((xff_num_trusted_hops) => ({ xff_num_trusted_hops }))),
  maybe(fc.constant({ skip_xff_append: true })),
  maybe(fc.constant({ append_x_forwarded_port: true })),
  maybe(fc.constant({ internal_address_config: { cidr_ranges: [{ address_prefix: '1.2.0.0', prefix_len: 16 }] } })),
)

const paths = merged(
  fc.boolean().map((normalize_path) => ({ normalize_path })),
  maybe(fc.constant({ merge_slashes: true })),
  maybe(
    fc
      .constantFrom('KEEP_UNCHANGED', 'REJECT_REQUEST', 'UNESCAPE_AND_FORWARD')
      .map((path_with_escaped_slashes_action) => ({ path_with_escaped_slashes_action })),
  ),
)

const identity = merged(
  maybe(fc.constantFrom('mine', 'envoy').map((server_name) => ({ server_name }))),
  maybe(
    fc
      .constantFrom('OVERWRITE', 'APPEND_IF_ABSENT', 'PASS_THROUGH')
      .map((server_header_transformation) => ({ server_header_transformation })),
  ),
  maybe(fc.constant({ via: 'here' })),
  maybe(fc.constant({ strip_any_host_port: true })),
  maybe(fc.constant({ strip_trailing_host_dot: true })),
  maybe(fc.constant({ scheme_header_transformation: { scheme_to_overwrite: 'https' } })),
)

const ids = merged(
  maybe(fc.constant({ generate_request_id: false })),
  maybe(fc.constant({ preserve_external_request_id: true })),
  maybe(fc.constant({ always_set_request_id_in_response: true })),
)

const underscores = maybe(
  // What REJECT_REQUEST does differs in the log, and is a case of its own (found/refused-for-its-underscores).
  fc.constantFrom('ALLOW', 'DROP_HEADER').map((headers_with_underscores_action) => ({
    common_http_protocol_options: { headers_with_underscores_action },
  })),
)

const mapped = maybe(
  fc.constantFrom(404, 503).map((code) => ({
    local_reply_config: {
      mappers: [
        {
          filter: {
            status_code_filter: { comparison: { op: 'EQ', value: { default_value: code, runtime_key: 'none' } } },
          },
          status_code: code + 5,
          headers_to_add: [{ header: { key: 'x-mapped', value: '%RESPONSE_CODE%' } }],
        },
      ],
      body_format: { text_format_source: { inline_string: '%RESPONSE_CODE% %LOCAL_REPLY_BODY%' } },
    },
  })),
)

const anyone = { any: true }
const header = fc.constantFrom('x-a', 'x-b').map((name) => ({ name, present_match: true }))

const filter: fc.Arbitrary<Tree> = fc.oneof(
  fc.constantFrom('one', '%REQ(x-b)%', '').map((value) => ({
    'header_mutation.v3.HeaderMutation': {
      mutations: {
        request_mutations: [{ remove: 'x-b' }, { append: { header: { key: 'x-a', value } } }],
        response_mutations: [{ append: { header: { key: 'x-out', value }, append_action: 'ADD_IF_ABSENT' } }],
      },
    },
  })),
  fc.constantFrom(429, 503).map((http_status) => ({
    'fault.v3.HTTPFault': {
      abort: { http_status, percentage: always },
      headers: [{ name: 'x-a', present_match: true }],
    },
  })),
  fc.tuple(fc.constantFrom('ALLOW', 'DENY'), header).map(([action, matcher]) => ({
    'rbac.v3.RBAC': {
      rules: { action, policies: { one: { permissions: [{ header: matcher }], principals: [anyone] } } },
    },
  })),
  fc.constantFrom(1, 5).map((max_tokens) => ({
    'local_ratelimit.v3.LocalRateLimit': {
      stat_prefix: 'limit',
      token_bucket: { max_tokens, fill_interval: '60s' },
      filter_enabled: { default_value: always },
      filter_enforced: { default_value: always },
      response_headers_to_add: [{ header: { key: 'x-limited', value: 'yes' } }],
    },
  })),
  fc.constantFrom(2, 20).map((max_request_bytes) => ({ 'buffer.v3.Buffer': { max_request_bytes } })),
  fc.constant({ 'basic_auth.v3.BasicAuth': { users: { inline_string: 'user:{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=' } } }),
  fc.constant({
    'api_key_auth.v3.ApiKeyAuth': {
      credentials: [{ key: 'v', client: 'c' }],
      key_sources: [{ header: 'x-a' }, { query: 'k' }],
    },
  }),
  fc.constant({
    'ip_tagging.v3.IPTagging': {
      request_type: 'BOTH',
      ip_tags: [{ ip_tag_name: 'near', ip_list: [{ address_prefix: '1.0.0.0', prefix_len: 8 }] }],
    },
  }),
  fc.constant({
    'health_check.v3.HealthCheck': {
      pass_through_mode: false,
      headers: [{ name: ':path', string_match: { prefix: '/a' } }],
    },
  }),
  fc.constant({
    'cors.v3.Cors': {},
  }),
  fc.constant({
    'csrf.v3.CsrfPolicy': { filter_enabled: { default_value: always } },
  }),
)

/** The parts of one listener. */
export const listener: fc.Arbitrary<Tree> = merged(
  merged(address, paths, identity, ids, underscores, mapped).map((hcm) => ({ hcm })),
  maybe(fc.array(filter, { minLength: 1, maxLength: 2 }).map((http_filters) => ({ http_filters }))).map(distinct),
  maybe(
    fc
      .constantFrom({ suppress_envoy_headers: true }, { strict_check_headers: ['x-envoy-max-retries'] })
      .map((router) => ({ router })),
  ),
)

/** A chain has each filter once: names tell them apart. */
function distinct({ http_filters }: Tree): Tree {
  if (http_filters === undefined) return {}
  const list = http_filters as readonly Tree[]
  return { http_filters: list.filter((each, i) => list.findIndex((other) => nameOf(other) === nameOf(each)) === i) }
}

const nameOf = (tree: Tree): string => Object.keys(tree)[0]!

/** One host at most may be chosen at a time, or a hash says which: what two proxies choose by chance cannot be compared. */
const HEALTHY = ['HEALTHY', 'UNHEALTHY', 'DRAINING', 'TIMEOUT', 'DEGRADED', 'UNKNOWN']
const USABLE = new Set(['HEALTHY', 'DEGRADED', 'UNKNOWN'])
const hosts = fc
  .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'f', 'z'), fc.constantFrom(...HEALTHY)), {
    selector: ([origin]) => origin,
    minLength: 1,
    maxLength: 3,
  })
  // Where none of several priorities has a host that may be used, all of them are in panic, and chance chooses.
  .map((list) => (list.some(([, status]) => USABLE.has(status)) ? list : list.slice(0, 1)))
  .map((list) =>
    list.map(([origin, health_status], priority) => ({
      priority,
      lb_endpoints: [
        {
          endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: `{{origin.${origin}}}` } } },
          health_status,
        },
      ],
    })),
  )

const named = (origin: string): Tree => ({
  origin,
  metadata: { filter_metadata: { 'envoy.lb': { hash_key: `${origin}.test` } } },
})

const endpoints = fc.oneof(
  { weight: 3, arbitrary: hosts.map((list) => ({ load_assignment: { cluster_name: 'generated', endpoints: list } })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('RING_HASH', 'MAGLEV')
      .map((lb_policy) => ({ lb_policy, endpoints: ['a', 'b', 'c'].map(named) })),
  },
)

const breakers = maybe(
  fc.constantFrom('max_requests', 'max_pending_requests', 'max_connections', 'max_retries').map((name) => ({
    circuit_breakers: { thresholds: [{ [name]: 0 }] },
  })),
)

const panic = maybe(
  fc.constantFrom(0, 100).map((value) => ({
    common_lb_config: { healthy_panic_threshold: { value } },
  })),
)

/** A cluster of at most a few hosts. */
export const cluster: fc.Arbitrary<Tree> = merged(endpoints, breakers, panic)

const retries = fc
  .tuple(
    fc.constantFrom(
      '5xx',
      'gateway-error',
      'connect-failure',
      'reset',
      'retriable-4xx',
      'retriable-status-codes',
      'reset-before-request',
    ),
    fc.nat(2),
    fc.boolean(),
  )
  .map(([retry_on, num_retries, coded]) => ({
    retry_on,
    num_retries,
    retry_back_off: { base_interval: '0.001s' },
    ...(coded && { retriable_status_codes: [503] }),
  }))

/** What a route that forwards may say besides. */
export const forwardingMore: fc.Arbitrary<Tree> = merged(
  maybe(retries.map((retry_policy) => ({ retry_policy }))),
  maybe(fc.constant({ cluster_not_found_response_code: 'NOT_FOUND' })),
  maybe(fc.constant({ priority: 'HIGH' })),
).map((tree) => ({
  ...tree,
  hash_policy: [{ header: { header_name: 'x-pick' } }],
}))

export const CORS = {
  'envoy.filters.http.cors': {
    '@type': `${TYPE}.extensions.filters.http.cors.v3.CorsPolicy`,
    allow_origin_string_match: [{ prefix: 'http://' }],
    allow_methods: 'GET, PUT',
  },
}

import fc from 'fast-check'
import type { Tree } from '../model/document.ts'
import { maybe, merged } from './combine.ts'
import type { FilterKind } from './filter-kind.ts'
import { headerMatcher, nameMatch, stringMatch } from './matchers.ts'
import { SERVICES } from './services.ts'
import { headerOption, TEXTS } from './texts.ts'

// HTTP filters, and what routes say to them. What one configuration says to a filter that is not there means nothing.

const TYPE = 'type.googleapis.com/envoy.extensions.filters.http'
const always = { numerator: 100 }
const anyone = { any: true }
const template = {
  name: 't',
  typed_config: { '@type': 'extensions.path.match.uri_template.v3.UriTemplateMatchConfig', path_template: '/{x}/*' },
}

const permission: fc.Arbitrary<Tree> = fc.oneof(
  fc.constant(anyone),
  headerMatcher.map((header) => ({ header })),
  stringMatch.map((path) => ({ url_path: { path } })),
  headerMatcher.map((header) => ({ not_rule: { header } })),
  fc.tuple(headerMatcher, stringMatch).map(([header, path]) => ({
    and_rules: { rules: [{ header }, { not_rule: { url_path: { path } } }] },
  })),
  fc.constant({ destination_ip: { address_prefix: '127.0.0.0', prefix_len: 8 } }),
  fc.constant({ uri_template: template }),
)

const principal: fc.Arbitrary<Tree> = fc.oneof(
  fc.constant(anyone),
  headerMatcher.map((header) => ({ header })),
  fc
    .constantFrom('remote_ip', 'direct_remote_ip')
    .map((kind) => ({ [kind]: { address_prefix: '1.2.0.0', prefix_len: 16 } })),
  headerMatcher.map((header) => ({ or_ids: { ids: [{ header }, { not_id: { header } }] } })),
  fc.constant({ authenticated: {} }),
)

const rules: fc.Arbitrary<Tree> = fc
  .tuple(fc.constantFrom('ALLOW', 'DENY', 'LOG'), permission, principal)
  .map(([action, allowed, who]) => ({ action, policies: { one: { permissions: [allowed], principals: [who] } } }))

const mutation = (side: 'request' | 'response'): fc.Arbitrary<Tree> =>
  fc.oneof(
    fc.constantFrom('x-a', 'x-b', 'x-origin', 'x-none').map((remove) => ({ remove })),
    headerOption(side).map((append) => ({ append })),
    nameMatch.map((key_matcher) => ({ remove_on_match: { key_matcher } })),
  )
const mutations: fc.Arbitrary<Tree> = merged(
  fc.array(mutation('request'), { maxLength: 2 }).map((request_mutations) => ({ request_mutations })),
  fc.array(mutation('response'), { maxLength: 2 }).map((response_mutations) => ({ response_mutations })),
  maybe(
    fc.constantFrom('k', 'z').map((key) => ({
      query_parameter_mutations: [{ append: { record: { key, value: 'set' }, action: 'OVERWRITE_IF_EXISTS_OR_ADD' } }],
    })),
  ),
)

const fault: fc.Arbitrary<Tree> = merged(
  fc.oneof(
    fc.constantFrom(429, 503).map((http_status) => ({ abort: { http_status, percentage: always } })),
    fc.constantFrom(7, 14).map((grpc_status) => ({ abort: { grpc_status, percentage: always } })),
    fc.constant({ abort: { header_abort: {}, percentage: always } }),
    fc.constant({ delay: { fixed_delay: '0.001s', percentage: always } }),
  ),
  maybe(headerMatcher.map((header) => ({ headers: [header] }))),
)

const limit: fc.Arbitrary<Tree> = merged(
  fc.constantFrom(1, 5).map((max_tokens) => ({ token_bucket: { max_tokens, fill_interval: '60s' } })),
  fc.constant({
    stat_prefix: 'limit',
    filter_enabled: { default_value: always },
    filter_enforced: { default_value: always },
  }),
  maybe(headerOption('response').map((option) => ({ response_headers_to_add: [option] }))),
  maybe(fc.constantFrom('ServiceUnavailable', 'TooManyRequests').map((code) => ({ status: { code } }))),
  maybe(fc.constant({ enable_x_ratelimit_headers: 'DRAFT_VERSION_03' })),
  maybe(fc.constant({ rate_limited_as_resource_exhausted: true })),
  maybe(fc.constant({ request_headers_to_add_when_not_enforced: [{ header: { key: 'x-over', value: 'yes' } }] })),
)

const cors: fc.Arbitrary<Tree> = merged(
  fc.oneof(
    stringMatch.map((match) => ({ allow_origin_string_match: [match] })),
    fc.constant({ allow_origin_string_match: [{ prefix: 'http://' }] }),
  ),
  maybe(fc.constant({ allow_methods: 'GET, PUT' })),
  maybe(fc.constant({ allow_headers: 'x-a', expose_headers: 'x-origin' })),
  maybe(fc.boolean().map((allow_credentials) => ({ allow_credentials }))),
  maybe(fc.constant({ max_age: '60' })),
  maybe(fc.boolean().map((forward_not_matching_preflights) => ({ forward_not_matching_preflights }))),
)

const csrf: fc.Arbitrary<Tree> = merged(
  fc.constant({ filter_enabled: { default_value: always } }),
  maybe(stringMatch.map((match) => ({ additional_origins: [match] }))),
)

const rule = (header: string): Tree => ({
  header,
  on_header_present: { metadata_namespace: 'm', key: 'k', type: 'STRING' },
  on_header_missing: { metadata_namespace: 'm', key: 'k', value: 'none' },
})

const OWN: Readonly<Record<string, FilterKind>> = {
  header_mutation: {
    type: 'HeaderMutation',
    config: merged(
      mutations.map((tree) => ({ mutations: tree })),
      maybe(fc.constant({ most_specific_header_mutations_wins: true })),
    ),
    route: ['HeaderMutationPerRoute', mutations.map((tree) => ({ mutations: tree }))],
  },
  fault: { type: 'HTTPFault', config: fault, route: ['HTTPFault', fault] },
  rbac: {
    type: 'RBAC',
    config: merged(
      rules.map((tree) => ({ rules: tree })),
      maybe(rules.map((shadow_rules) => ({ shadow_rules }))),
    ),
    route: [
      'RBACPerRoute',
      fc.oneof(
        rules.map((tree) => ({ rbac: { rules: tree } })),
        fc.constant({}),
      ),
    ],
  },
  local_ratelimit: { type: 'LocalRateLimit', config: limit, route: ['LocalRateLimit', limit] },
  // Bodies are no longer than what is allowed: Envoy lets one pass that comes whole, see found/a-body-that-comes-whole.
  buffer: {
    type: 'Buffer',
    config: fc.constantFrom(5, 20).map((max_request_bytes) => ({ max_request_bytes })),
    route: [
      'BufferPerRoute',
      fc.oneof(
        fc.constant({ disabled: true }),
        fc.constantFrom(5, 20).map((max_request_bytes) => ({ buffer: { max_request_bytes } })),
      ),
    ],
  },
  basic_auth: {
    type: 'BasicAuth',
    config: fc.constant({ users: { inline_string: 'user:{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=' } }),
    route: ['BasicAuthPerRoute', fc.constant({ users: { inline_string: 'other:{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=' } })],
  },
  api_key_auth: {
    type: 'ApiKeyAuth',
    // Hiding one in a query is told apart by hand, see found/hidden-keys.
    config: fc.boolean().map((hides) => ({
      credentials: [{ key: 'v', client: 'c' }],
      key_sources: [{ header: 'x-a' }, ...(hides ? [] : [{ query: 'k' }]), { cookie: 'c' }],
      forwarding: { header: 'x-client', hide_credentials: hides },
    })),
    route: ['ApiKeyAuthPerRoute', fc.constantFrom('c', 'd').map((client) => ({ allowed_clients: [client] }))],
  },
  ip_tagging: {
    type: 'IPTagging',
    config: fc.constantFrom('BOTH', 'EXTERNAL', 'INTERNAL').map((request_type) => ({
      request_type,
      ip_tags: [{ ip_tag_name: 'near', ip_list: [{ address_prefix: '1.0.0.0', prefix_len: 8 }] }],
    })),
  },
  health_check: {
    type: 'HealthCheck',
    config: fc.constant({ pass_through_mode: false, headers: [{ name: ':path', string_match: { prefix: '/a' } }] }),
  },
  cors: { type: 'Cors', config: fc.constant({}), route: ['CorsPolicy', cors] },
  csrf: { type: 'CsrfPolicy', config: csrf, route: ['CsrfPolicy', csrf] },
  header_to_metadata: {
    type: 'Config',
    config: fc.constantFrom('x-a', 'x-b').map((name) => ({
      request_rules: [rule(name)],
      response_rules: [rule('x-origin')],
    })),
  },
  set_metadata: {
    type: 'Config',
    config: fc.constantFrom('v', '7').map((k) => ({ metadata: [{ metadata_namespace: 'm', value: { k } }] })),
  },
  set_filter_state: {
    type: 'Config',
    config: fc.constantFrom(...TEXTS).map((inline_string) => ({
      on_request_headers: [
        {
          object_key: 'own',
          factory_key: 'envoy.string',
          format_string: { text_format_source: { inline_string } },
        },
      ],
    })),
  },
  compressor: {
    type: 'Compressor',
    config: fc.constantFrom('gzip', 'brotli').map((coding) => ({
      response_direction_config: { common_config: { min_content_length: 2 } },
      compressor_library: {
        name: coding,
        typed_config: {
          '@type': `extensions.compression.${coding}.compressor.v3.${coding === 'gzip' ? 'Gzip' : 'Brotli'}`,
        },
      },
    })),
    route: ['CompressorPerRoute', fc.constant({ disabled: true })],
  },
}

const FILTERS: Readonly<Record<string, FilterKind>> = { ...OWN, ...SERVICES }

const nameOf = (filter: string): string => `envoy.filters.http.${filter}`

const one: fc.Arbitrary<Tree> = fc.oneof(
  ...Object.entries(FILTERS).map(([name, { type, config }]) =>
    config.map((tree) => ({ [`${name}.v3.${type}`]: tree })),
  ),
)

/** A list of filters; a chain has each of them once, since names tell them apart. */
export const httpFilters: fc.Arbitrary<readonly Tree[]> = fc.uniqueArray(one, {
  selector: (tree) => Object.keys(tree)[0]!,
  minLength: 1,
  maxLength: 3,
})

const disabled = { '@type': 'type.googleapis.com/envoy.config.route.v3.FilterConfig', disabled: true }

/** What a route or a virtual host says to filters. */
export const perRoute: fc.Arbitrary<Tree> = fc
  .uniqueArray(
    fc.oneof(
      ...Object.entries(FILTERS).flatMap(([name, { route }]) =>
        route === undefined
          ? []
          : [
              route[1].map((tree): [string, Tree] => [
                nameOf(name),
                { '@type': `${TYPE}.${name}.v3.${route[0]}`, ...tree },
              ]),
            ],
      ),
      fc
        .constantFrom('rbac', 'fault', 'header_mutation', 'basic_auth')
        .map((name): [string, Tree] => [nameOf(name), disabled]),
    ),
    { selector: ([name]) => name, minLength: 1, maxLength: 3 },
  )
  .map((entries) => ({ typed_per_filter_config: Object.fromEntries(entries) }))

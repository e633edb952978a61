import fc from 'fast-check'
import type { Tree } from '../model/document.ts'
import { maybe, merged } from './combine.ts'
import type { FilterKind } from './filter-kind.ts'
import { localLimit } from './limits.ts'
import { headerMatcher, nameMatch, stringMatch } from './matchers.ts'
import { accessRules } from './rules.ts'
import { SERVICES } from './services.ts'
import { formatText } from './operators.ts'
import { headerOption, TEXTS } from './texts.ts'

// HTTP filters, and what routes say to them. What one configuration says to a filter that is not there means nothing.

const TYPE = 'type.googleapis.com/envoy.extensions.filters.http'
const always = { numerator: 100 }
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
    fc
      .tuple(
        fc.constantFrom('k', 'z'),
        fc.constantFrom(
          'OVERWRITE_IF_EXISTS_OR_ADD',
          'APPEND_IF_EXISTS_OR_ADD',
          'ADD_IF_ABSENT',
          'OVERWRITE_IF_EXISTS',
          'remove',
        ),
      )
      .map(([key, action]) => ({
        query_parameter_mutations: [
          action === 'remove' ? { remove: key } : { append: { record: { key, value: 'set' }, action } },
        ],
      })),
  ),
  maybe(headerOption('request').map((append) => ({ request_trailers_mutations: [{ append }] }))),
  maybe(
    fc
      .oneof(
        headerOption('response').map((append) => ({ append })),
        fc.constant({ remove: 'x-tail' }),
      )
      .map((step) => ({ response_trailers_mutations: [step] })),
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

const rule: fc.Arbitrary<Tree> = merged(
  fc.oneof(
    fc.constantFrom('x-a', 'x-b', 'x-origin').map((header) => ({ header })),
    fc.constant({ cookie: 'c' }),
  ),
  fc
    .constantFrom<Tree>(
      {},
      { value: 'fixed' },
      { type: 'NUMBER' },
      { regex_value_rewrite: { pattern: { regex: '(v|a)' }, substitution: '<\\1>' } },
    )
    .map((more) => ({ on_header_present: { metadata_namespace: 'm', key: 'k', ...more } })),
  maybe(fc.constant({ on_header_missing: { metadata_namespace: 'm', key: 'k', value: 'none' } })),
  maybe(fc.constant({ remove: true })),
).map(({ remove, ...tree }) => ('header' in tree && remove === true ? { ...tree, remove } : tree))

const stateValue: fc.Arbitrary<Tree> = merged(
  fc.constantFrom<Tree>(
    { object_key: 'own', factory_key: 'envoy.string' },
    { object_key: 'other', factory_key: 'envoy.string', read_only: true },
    { object_key: 'envoy.string' },
  ),
  fc.constantFrom(...TEXTS).map((inline_string) => ({ format_string: { text_format_source: { inline_string } } })),
  maybe(fc.constant({ skip_if_empty: true })),
)

const response = fc.oneof(
  fc.constantFrom('404', '503', '200').map((exact) => ({ type: 'HttpResponseStatusCodeMatchInput', exact })),
  fc.constantFrom('4xx', '5xx', '2xx').map((exact) => ({ type: 'HttpResponseStatusCodeClassMatchInput', exact })),
)
const replacement: fc.Arbitrary<Tree> = merged(
  fc.constant({ '@type': 'extensions.http.custom_response.local_response_policy.v3.LocalResponsePolicy' }),
  maybe(fc.constantFrom(200, 299, 503).map((status_code) => ({ status_code }))),
  maybe(fc.constant({ body: { inline_string: 'sorry' } })),
  maybe(
    formatText.map((text) => ({ body_format: { text_format_source: { inline_string: `${text}%LOCAL_REPLY_BODY%` } } })),
  ),
  maybe(headerOption('response').map((option) => ({ response_headers_to_add: [option] }))),
)
const customResponse: fc.Arbitrary<Tree> = fc.tuple(response, replacement).map(([{ type, exact }, typed_config]) => ({
  custom_response_matcher: {
    matcher_list: {
      matchers: [
        {
          predicate: {
            single_predicate: {
              input: { name: 'input', typed_config: { '@type': `type.matcher.v3.${type}` } },
              value_match: { exact },
            },
          },
          on_match: { action: { name: 'action', typed_config } },
        },
      ],
    },
  },
}))

const compression: fc.Arbitrary<Tree> = merged(
  merged(
    fc.constantFrom(2, 100).map((min_content_length) => ({ min_content_length })),
    maybe(fc.constant({ content_type: ['text/html'] })),
  ).map((common_config) => ({ common_config })),
  maybe(fc.constant({ disable_on_etag_header: true })),
  maybe(fc.constant({ remove_accept_encoding_header: true })),
  maybe(fc.constant({ uncompressible_response_codes: [404] })),
  maybe(fc.constant({ status_header_enabled: true })),
)

const tagHeader = maybe(
  fc
    .constantFrom('SANITIZE', 'APPEND_IF_EXISTS_OR_ADD')
    .map((action) => ({ ip_tag_header: { header: 'x-tags', action } })),
)

const setMetadata: fc.Arbitrary<Tree> = merged(
  fc
    .constantFrom<Tree>({ k: 'v' }, { k: '7' }, { k: 7 }, { k: { inner: ['v'] } }, { other: true })
    .map((value) => ({ metadata_namespace: 'm', value })),
  maybe(fc.constant({ allow_overwrite: true })),
)

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
    config: accessRules,
    route: [
      'RBACPerRoute',
      fc.oneof(
        accessRules.map((rbac) => ({ rbac })),
        fc.constant({}),
      ),
    ],
  },
  local_ratelimit: { type: 'LocalRateLimit', config: localLimit, route: ['LocalRateLimit', localLimit] },
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
    config: fc.tuple(fc.constantFrom('BOTH', 'EXTERNAL', 'INTERNAL'), tagHeader).map(([request_type, header]) => ({
      request_type,
      ...header,
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
    config: fc
      .tuple(fc.array(rule, { minLength: 1, maxLength: 2 }), rule)
      .map(([request_rules, { cookie, ...other }]) => ({
        request_rules,
        response_rules: [cookie === undefined ? other : { header: 'x-origin', ...other }],
      })),
  },
  set_metadata: {
    type: 'Config',
    config: fc.array(setMetadata, { minLength: 1, maxLength: 2 }).map((metadata) => ({ metadata })),
  },
  set_filter_state: {
    type: 'Config',
    config: fc.array(stateValue, { minLength: 1, maxLength: 2 }).map((on_request_headers) => ({ on_request_headers })),
  },
  custom_response: { type: 'CustomResponse', config: customResponse, route: ['CustomResponse', customResponse] },
  compressor: {
    type: 'Compressor',
    config: fc.tuple(fc.constantFrom('gzip', 'brotli'), compression).map(([coding, response_direction_config]) => ({
      response_direction_config,
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

import fc from 'fast-check'
import type { Tree } from '../model/document.ts'
import { maybe, merged } from './combine.ts'
import { httpFilters } from './filters.ts'
import { accessLogs } from './logs.ts'
import { headerMatcher } from './matchers.ts'
import { formatText, jsonFormat } from './operators.ts'
import { headerOption, mutations, TEXTS } from './texts.ts'

const address = merged(
  maybe(fc.constant({ use_remote_address: true })),
  maybe(fc.constantFrom(1, 2).map((xff_num_trusted_hops) => ({ xff_num_trusted_hops }))),
  maybe(fc.constant({ skip_xff_append: true })),
  maybe(fc.constant({ append_x_forwarded_port: true })),
  maybe(fc.constant({ internal_address_config: { cidr_ranges: [{ address_prefix: '1.2.0.0', prefix_len: 16 }] } })),
  maybe(fc.constant({ represent_ipv4_remote_address_as_ipv4_mapped_ipv6: true })),
  maybe(
    fc
      .constantFrom('FORWARD_ONLY', 'APPEND_FORWARD', 'SANITIZE_SET', 'ALWAYS_FORWARD_ONLY')
      .map((forward_client_cert_details) => ({ forward_client_cert_details })),
  ),
)

const paths = merged(
  fc.boolean().map((normalize_path) => ({ normalize_path })),
  maybe(fc.constant({ merge_slashes: true })),
  maybe(
    fc
      .constantFrom('KEEP_UNCHANGED', 'REJECT_REQUEST', 'UNESCAPE_AND_FORWARD', 'UNESCAPE_AND_REDIRECT')
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
  maybe(fc.constantFrom({ strip_any_host_port: true }, { strip_matching_host_port: true })),
  maybe(fc.constant({ strip_trailing_host_dot: true })),
  maybe(fc.constant({ scheme_header_transformation: { scheme_to_overwrite: 'https' } })),
  maybe(fc.constant({ add_user_agent: true })),
  maybe(fc.constant({ proxy_status_config: { set_recommended_response_code: true } })),
)

const ids = merged(
  maybe(fc.constant({ generate_request_id: false })),
  maybe(fc.constant({ preserve_external_request_id: true })),
  maybe(fc.constant({ always_set_request_id_in_response: true })),
)

const limits = merged(
  maybe(
    fc.constantFrom('ALLOW', 'DROP_HEADER', 'REJECT_REQUEST').map((headers_with_underscores_action) => ({
      common_http_protocol_options: { headers_with_underscores_action },
    })),
  ),
  maybe(fc.constant({ max_request_headers_kb: 1 })),
  maybe(fc.constant({ proxy_100_continue: true })),
  maybe(
    fc.constantFrom({ enable_trailers: true }, { header_key_format: { proper_case_words: {} } }, { allow_absolute_url: false }).map(
      (http_protocol_options) => ({ http_protocol_options }),
    ),
  ),
) // prettier-ignore

const replyFilter: fc.Arbitrary<Tree> = fc.oneof(
  fc.constantFrom(400, 403, 404, 503).map((code) => ({
    status_code_filter: { comparison: { op: 'EQ', value: { default_value: code, runtime_key: 'none' } } },
  })),
  fc.constantFrom('NR', 'UF', 'UO', 'URX', 'RL').map((flag) => ({ response_flag_filter: { flags: [flag] } })),
  headerMatcher.map((header) => ({ header_filter: { header } })),
)

const mapped = maybe(
  merged(
    fc
      .array(
        merged(
          replyFilter.map((filter) => ({ filter })),
          maybe(fc.constantFrom(409, 508).map((status_code) => ({ status_code }))),
          maybe(fc.constant({ body: { inline_string: 'mapped' } })),
          maybe(headerOption('response').map((option) => ({ headers_to_add: [option] }))),
          maybe(fc.constant({ body_format_override: { json_format: { code: '%RESPONSE_CODE%', body: '%LOCAL_REPLY_BODY%' } } })),
          maybe(jsonFormat.map((json_format) => ({ body_format_override: { json_format } }))),
        ),
        { minLength: 1, maxLength: 2 },
      )
      .map((mappers) => ({ mappers })),
    maybe(formatText.map((text) => ({ body_format: { text_format_source: { inline_string: `${text} %LOCAL_REPLY_BODY%` } } }))),
  ).map((local_reply_config) => ({ local_reply_config })),
) // prettier-ignore

const early = maybe(
  fc.constantFrom(...TEXTS.filter((text) => /^[^%]|REQ\(x/.test(text))).map((value) => ({
    early_header_mutation_extensions: [
      {
        name: 'early',
        typed_config: {
          '@type': 'extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation',
          mutations: [{ append: { header: { key: 'x-a', value } } }, { remove: 'x-b' }],
        },
      },
    ],
  })),
)

const routeConfig: fc.Arbitrary<Tree> = merged(
  mutations('request'),
  mutations('response'),
  maybe(fc.constant({ most_specific_header_mutations_wins: true })),
  maybe(fc.constant({ internal_only_headers: ['x-a'] })),
  maybe(fc.constant({ ignore_port_in_host_matching: true })),
  maybe(fc.constant({ ignore_path_parameters_in_path_matching: true })),
).map((route_config) => ({ route_config }))

/** How clients reach it: by TLS, perhaps only under some names. */
const secured: fc.Arbitrary<Tree> = fc
  .tuple(fc.constantFrom(undefined, ['{{host}}'], ['*.wild.test', 'other.test']), fc.constantFrom(['h2', 'http/1.1'], []))
  .map(([server_names, alpn_protocols]) => ({
    listener: {
      listener_filters: [
        { name: 'tls_inspector', typed_config: { '@type': 'extensions.filters.listener.tls_inspector.v3.TlsInspector' } },
      ],
    },
    filter_chain: {
      ...(server_names !== undefined && { filter_chain_match: { server_names } }),
      transport_socket: {
        name: 'tls',
        typed_config: {
          '@type': 'extensions.transport_sockets.tls.v3.DownstreamTlsContext',
          common_tls_context: {
            alpn_protocols,
            tls_certificates: [
              { certificate_chain: { filename: '{{cert.server}}' }, private_key: { filename: '{{key.server}}' } },
            ],
          },
        },
      },
    },
  })) // prettier-ignore

/** The parts of one listener. */
export const listener: fc.Arbitrary<Tree> = merged(
  merged(address, paths, identity, ids, limits, mapped, early).map((hcm) => ({ hcm })),
  fc.oneof(fc.constant({}), httpFilters.map((http_filters) => ({ http_filters }))),
  maybe(
    fc
      .constantFrom({ suppress_envoy_headers: true }, { strict_check_headers: ['x-envoy-max-retries'] })
      .map((router) => ({ router })),
  ),
  maybe(accessLogs.map((access_logs) => ({ access_logs }))),
  maybe(routeConfig),
  fc.oneof({ weight: 7, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: secured }),
) // prettier-ignore

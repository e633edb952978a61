import fc from 'fast-check'
import type { Tree } from '../model/document.ts'
import { maybe, merged } from './combine.ts'
import type { FilterKind } from './filter-kind.ts'
import { headerOption } from './texts.ts'
import { JWKS } from './tokens.ts'

// Filters that ask a service or look at what a client proves.

const patterns = (...list: readonly Tree[]): Tree => ({ patterns: list })

const authorization = {
  http_service: {
    server_uri: { uri: 'http://p.test', cluster: 'p', timeout: '2s' },
    authorization_response: {
      allowed_upstream_headers: patterns({ prefix: 'x-up' }),
      allowed_upstream_headers_to_append: patterns({ exact: 'x-a' }),
      allowed_client_headers: patterns({ exact: 'x-client' }, { exact: 'www-authenticate' }),
      allowed_client_headers_on_success: patterns({ exact: 'x-success' }),
    },
  },
}
const byMessages = { grpc_service: { envoy_grpc: { cluster_name: 'g' }, timeout: '2s' } }

const extAuthz: fc.Arbitrary<Tree> = merged(
  fc.constant({ transport_api_version: 'V3' }),
  fc.constantFrom<Tree>(authorization, byMessages),
  maybe(fc.constant({ failure_mode_allow: true, failure_mode_allow_header_add: true })),
  maybe(fc.constant({ status_on_error: { code: 'ServiceUnavailable' } })),
  maybe(fc.constant({ clear_route_cache: true })),
  maybe(fc.constant({ validate_mutations: true })),
  maybe(fc.constant({ metadata_context_namespaces: ['m'] })),
  maybe(fc.constant({ disallowed_headers: patterns({ exact: 'x-b' }) })),
  maybe(fc.constant({ allowed_headers: patterns({ prefix: 'x-' }, { exact: 'cookie' }) })),
  maybe(
    // Nothing is longer than allowed: Envoy lets it pass when it comes whole, see found/a-body-that-comes-whole.
    fc
      .constantFrom<Tree>(
        { max_request_bytes: 100 },
        ...[3, 100].map((max_request_bytes) => ({ max_request_bytes, allow_partial_message: true })),
      )
      .map((with_request_body) => ({ with_request_body })),
  ),
)

const extAuthzRoute: fc.Arbitrary<Tree> = fc.constantFrom<Tree>(
  { disabled: true },
  { check_settings: { context_extensions: { key: 'value' } } },
  { check_settings: { disable_request_body_buffering: true } },
)

const rateLimit: fc.Arbitrary<Tree> = merged(
  fc.constant({
    domain: 'd',
    timeout: '2s',
    rate_limit_service: { transport_api_version: 'V3', grpc_service: { envoy_grpc: { cluster_name: 'l' } } },
  }),
  maybe(fc.constant({ failure_mode_deny: true })),
  maybe(fc.constant({ enable_x_ratelimit_headers: 'DRAFT_VERSION_03' })),
  maybe(fc.constant({ rate_limited_status: { code: 'ServiceUnavailable' } })),
  maybe(fc.constant({ rate_limited_as_resource_exhausted: true })),
  maybe(fc.constant({ disable_x_envoy_ratelimited_header: true })),
  maybe(fc.constantFrom('internal', 'external').map((request_type) => ({ request_type }))),
  maybe(fc.constantFrom(0, 1).map((stage) => ({ stage }))),
  maybe(headerOption('response').map((option) => ({ response_headers_to_add: [option] }))),
)

const provider: fc.Arbitrary<Tree> = merged(
  fc.constant({ issuer: 'i.test', local_jwks: { inline_string: JWKS } }),
  maybe(fc.constantFrom(['one'], ['three']).map((audiences) => ({ audiences }))),
  maybe(fc.constant({ forward: true })),
  maybe(fc.constant({ forward_payload_header: 'x-payload', pad_forward_payload_header: true })),
  maybe(fc.constant({ payload_in_metadata: 'k' })),
  maybe(fc.constant({ claim_to_headers: [{ header_name: 'x-sub', claim_name: 'sub' }] })),
  maybe(
    fc.constantFrom<Tree>(
      { from_headers: [{ name: 'authorization', value_prefix: 'Bearer ' }] },
      { from_params: ['k'] },
      { from_cookies: ['c'] },
    ),
  ),
)

const requirement = fc.constantFrom<Tree>(
  { provider_name: 'p' },
  { provider_and_audiences: { provider_name: 'p', audiences: ['one'] } },
  { requires_any: { requirements: [{ provider_name: 'p' }, { provider_name: 'q' }] } },
  { requires_all: { requirements: [{ provider_name: 'p' }, { provider_name: 'q' }] } },
  { requires_any: { requirements: [{ provider_name: 'p' }, { allow_missing: {} }] } },
  { requires_any: { requirements: [{ provider_name: 'p' }, { allow_missing_or_failed: {} }] } },
)

const jwt: fc.Arbitrary<Tree> = fc
  .tuple(provider, provider, requirement, fc.boolean(), fc.constantFrom('/', '/a'))
  .map(([p, q, requires, bypass_cors_preflight, prefix]) => ({
    providers: { p, q: { ...q, issuer: 'o.test' } },
    requirement_map: { mapped: { provider_name: 'p' } },
    rules: [{ match: { prefix }, requires }],
    ...(bypass_cors_preflight && { bypass_cors_preflight }),
  }))

const gzip = {
  decompressor_library: {
    name: 'gzip',
    typed_config: { '@type': 'extensions.compression.gzip.decompressor.v3.Gzip' },
  },
}

const state = fc.constantFrom<Tree>(
  { name: 'envoy.http.stateful_session.header', typed_config: { '@type': 'extensions.http.stateful_session.header.v3.HeaderBasedSessionState', name: 'x-session' } },
  {
    name: 'envoy.http.stateful_session.cookie',
    typed_config: {
      '@type': 'extensions.http.stateful_session.cookie.v3.CookieBasedSessionState',
      cookie: { name: 'c', path: '/a', ttl: '60s' },
    },
  },
) // prettier-ignore

/** By the name of the filter. */
export const SERVICES: Readonly<Record<string, FilterKind>> = {
  ext_authz: { type: 'ExtAuthz', config: extAuthz, route: ['ExtAuthzPerRoute', extAuthzRoute] },
  ratelimit: {
    type: 'RateLimit',
    config: rateLimit,
    route: [
      'RateLimitPerRoute',
      fc.constantFrom<Tree>({ vh_rate_limits: 'INCLUDE' }, { vh_rate_limits: 'IGNORE' }, { domain: 'own' }),
    ],
  },
  jwt_authn: {
    type: 'JwtAuthentication',
    config: jwt,
    route: ['PerRouteConfig', fc.constantFrom<Tree>({ disabled: true }, { requirement_name: 'mapped' })],
  },
  grpc_web: { type: 'GrpcWeb', config: fc.constant({}) },
  grpc_stats: {
    type: 'FilterConfig',
    config: fc.constantFrom<Tree>({ emit_filter_state: true }, { stats_for_all_methods: true }),
  },
  decompressor: {
    type: 'Decompressor',
    config: fc.constantFrom<Tree>(gzip, {
      ...gzip,
      request_direction_config: { common_config: { enabled: { default_value: false, runtime_key: 'none' } } },
    }),
  },
  stateful_session: {
    type: 'StatefulSession',
    config: fc.tuple(state, fc.boolean()).map(([session_state, strict]) => ({ session_state, ...(strict && { strict }) })),
    route: ['StatefulSessionPerRoute', fc.constant({ disabled: true })],
  },
} // prettier-ignore

const denied = (code: number): Tree => ({
  status: { code: 7 },
  denied_response: { status: { code }, headers: [{ header: { key: 'x-client', value: 'no' } }], body: 'denied' },
})

/** What the services answer. */
export const scripts: fc.Arbitrary<Readonly<Record<string, readonly Tree[]>>> = fc.record({
  p: fc
    .oneof(
      { weight: 4, arbitrary: fc.constant({ body: '', headers: { 'x-up': 'yes', 'x-a': 'more', 'x-success': 'yes' } }) },
      {
        weight: 3,
        arbitrary: fc.constantFrom(401, 403, 302, 500, 503).map((status) => ({
          status,
          body: 'denied',
          headers: { 'x-client': 'no', 'x-up': 'no', location: '/login', 'www-authenticate': 'Own' },
        })),
      },
      // oxlint-disable-next-line unicorn/no-thenable -- nobody awaits a script
      { weight: 1, arbitrary: fc.constant({ then: 'reset' }) },
    )
    .map((reply) => [reply]),
  g: fc
    .constantFrom<Tree>(
      { status: { code: 0 } },
      { status: { code: 0 }, ok_response: { headers: [{ header: { key: 'x-a', value: 'own' } }], headers_to_remove: ['x-b'] } },
      { status: { code: 0 }, dynamic_metadata: { k: 'told' } },
      { status: { code: 7 } },
      denied(401),
      denied(302),
    )
    .map((message) => [{ message }]),
  l: fc
    .constantFrom<Tree>(
      { overall_code: 'OK' },
      { overall_code: 'OK', response_headers_to_add: [{ key: 'x-r', value: '3' }], request_headers_to_add: [{ key: 'x-b', value: '4' }] },
      { overall_code: 'OVER_LIMIT' },
      {
        overall_code: 'OVER_LIMIT',
        statuses: [{ code: 'OVER_LIMIT', current_limit: { requests_per_unit: 10, unit: 'HOUR' }, duration_until_reset: '30s' }],
      },
    )
    .map((message) => [{ message }]),
}) // prettier-ignore

import { encode } from '@nuncio/config'
import { responseHeaders } from '@nuncio/core'
import type { SideResponse } from '@nuncio/filter-chain'
import { fakeRoute } from '@nuncio/filter-chain/testing'
import { brotliDecompressSync, constants, gunzipSync, gzipSync } from 'node:zlib'
import type { CheckOptions } from '../check-filter.ts'

/** One way to run a shipped filter through the kit: its name, its configuration, and what is special about its streams. */
export type ShippedCase = readonly [name: string, config: string, options?: CheckOptions]

const type = (name: string): string => `"@type": type.googleapis.com/envoy.${name}`
const latin1 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(text, (char) => char.charCodeAt(0))
const text = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes)
const SHARE = '{ default_value: { numerator: 100 } }'
const BODY = 'a body that is long enough to be cut into pieces, and to be compressed; '.repeat(3)

const GRPC: CheckOptions = {
  request: { method: 'POST', path: '/a.B/C', headers: [['content-type', 'application/grpc']], body: '\0\0\0\0\u0005hello' },
  upstream: { headers: [['content-type', 'application/grpc']], body: '\0\0\0\0\u0005hello\0\0\0\0\u0002hi', trailers: [['grpc-status', '0']] },
} // prettier-ignore
const GRPC_WEB_TEXT: CheckOptions = {
  ...GRPC,
  request: {
    method: 'POST', path: '/a.B/C', body: 'AAAAAAVoZWxsbw==',
    headers: [['content-type', 'application/grpc-web-text'], ['accept', 'application/grpc-web-text']],
  },
} // prettier-ignore

const REDIRECTED = `
custom_response_matcher:
  matcher_list:
    matchers:
    - predicate: { single_predicate: { input: { name: a, typed_config: { ${type('type.matcher.v3.HttpResponseStatusCodeMatchInput')} } }, value_match: { exact: "200" } } }
      on_match: { action: { name: a, typed_config: { ${type('extensions.http.custom_response.redirect_policy.v3.RedirectPolicy')}, uri: "http://a/b" } } }
`

// Of a stream that was cut, as much as came.
const gunzipped = (bytes: Uint8Array): Uint8Array => gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH })
const unbrotlied = (bytes: Uint8Array): Uint8Array =>
  brotliDecompressSync(bytes, { finishFlush: constants.BROTLI_OPERATION_FLUSH })
const compression = (kind: 'compressor' | 'decompressor', library: string): string =>
  `${kind}_library: { name: lib, typed_config: { ${type(`extensions.compression.${library}`)} } }`
/** A composite filter that is always a compressor with a filter on either side. */
const CHOSEN = `
extension_config: { name: c, typed_config: { ${type('extensions.filters.http.composite.v3.Composite')} } }
xds_matcher:
  on_no_match:
    action:
      name: a
      typed_config:
        ${type('extensions.filters.http.composite.v3.ExecuteFilterAction')}
        filter_chain:
          typed_config:
          - { name: a, typed_config: { ${type('extensions.filters.http.bandwidth_limit.v3.BandwidthLimit')}, stat_prefix: a, enable_mode: REQUEST_AND_RESPONSE, limit_kbps: 100000 } }
          - name: b
            typed_config:
              ${type('extensions.filters.http.compressor.v3.Compressor')}
              ${compression('compressor', 'gzip.compressor.v3.Gzip')}
              response_direction_config: {}
          - { name: c, typed_config: { ${type('extensions.filters.http.buffer.v3.Buffer')}, max_request_bytes: 100000 } }
`
const posted = (body: string | Uint8Array, headers: readonly (readonly [string, string])[]): CheckOptions => ({
  request: { method: 'POST', headers, body },
  upstream: { headers, body },
})
const compressed = (accept: string, unpack: (bytes: Uint8Array) => Uint8Array): CheckOptions => ({
  ...posted(BODY, [['content-type', 'text/plain']]),
  request: { method: 'POST', headers: [['accept-encoding', accept], ['content-type', 'text/plain']], body: BODY },
  meaning: { response: (body) => text(unpack(latin1(body))) },
}) // prettier-ignore

const sideCall =
  (body: Uint8Array, status = 200) =>
  async (): Promise<SideResponse> => {
    await Promise.resolve()
    return { status, headers: responseHeaders(status, []), body, grpcStatus: 0, grpcMessage: '' }
  }
const AUTHORIZER = 'grpc_service: { envoy_grpc: { cluster_name: a } }'
const ALLOWED = encode('envoy.service.auth.v3.CheckResponse', {
  status: {},
  ok_response: { headers: [{ header: { key: 'x-user', value: 'ann' } }] },
})
const DENIED = encode('envoy.service.auth.v3.CheckResponse', {
  status: { code: 7 },
  denied_response: { status: { code: 'Forbidden' }, body: 'no' },
})
const LIMITS = 'domain: d\nrate_limit_service: { grpc_service: { envoy_grpc: { cluster_name: a } } }\n'
const LIMITED = `${LIMITS}rate_limits: [{ actions: [{ generic_key: { descriptor_value: a } }] }]`
const UNDER = encode('envoy.service.ratelimit.v3.RateLimitResponse', { overall_code: 'OK' })
const OVER = encode('envoy.service.ratelimit.v3.RateLimitResponse', { overall_code: 'OVER_LIMIT' })

/** A token of an example issuer, signed once with its key; neither expires. */
const TOKEN =
  'eyJhbGciOiJFZERTQSIsImtpZCI6ImV4YW1wbGUifQ.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwic3ViIjoiYW5uIiwiYXVkIjoiYXBpIn0.M7CMza1kuUvJWDAVn3PAzdQdyCH67b8J-eflj4twOjFgcC7P9y4yd6tSgXvXo-LXCHT5OiFIUTRlgLnR1RDxAw'
const JWT = `
providers:
  p:
    issuer: https://issuer.example
    audiences: [api]
    local_jwks: { inline_string: '{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"example","x":"R0MWq_S7awekGTGtiJsKXwDYCHUX_cWRAY5ZoXv9lAM"}]}' }
    claim_to_headers: [{ header_name: x-user, claim_name: sub }]
rules: [{ match: { prefix: / }, requires: { provider_name: p } }]
`

const FORWARDING = { cluster_type: { typed_config: { '@type': 'envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig' } } } // prettier-ignore
const clusters: NonNullable<CheckOptions['clusters']> = {
  get: (name) => (name === 'dfp' ? ({ info: { config: FORWARDING } } as never) : undefined),
  dnsCaches: {
    obtain: () => ({
      load: () => ({ state: 'loaded', cancel: () => {} }),
      addressOf: () => '10.0.0.1',
      failureOf: () => '',
    }),
  },
}

const corsRoute = `{ allow_origin_string_match: [{ exact: "https://app.example" }] }`
const from = (origin: string): CheckOptions => ({ request: { method: 'POST', headers: [['origin', origin]], body: BODY } }) // prettier-ignore
const authorized = (value: string): CheckOptions => ({ request: { method: 'POST', headers: [['authorization', value]], body: BODY } }) // prettier-ignore
const rules = (action: string): string =>
  `rules: { action: ${action}, policies: { p: { permissions: [{ url_path: { path: { prefix: / } } }], principals: [{ any: true }] } } }`
const fault = (what: string): string => `${what}, percentage: { numerator: 100 } }`

/** At least one case for each filter that ends no chain; where a filter may refuse, one for each of its ways. */
export const SHIPPED_CASES: readonly ShippedCase[] = [
  ['adaptive_concurrency', 'gradient_controller_config: { concurrency_limit_params: { concurrency_update_interval: 0.1s }, min_rtt_calc_params: { interval: 30s } }'],
  ['admission_control', 'success_criteria: {}', GRPC],
  ['api_key_auth', 'credentials: [{ key: k, client: c }]\nkey_sources: [{ header: authorization }]', authorized('k')],
  ['api_key_auth', 'credentials: [{ key: k, client: c }]\nkey_sources: [{ header: authorization }]', authorized('x')],
  ['bandwidth_limit', 'stat_prefix: a\nenable_mode: REQUEST_AND_RESPONSE\nlimit_kbps: 1000\nenable_response_trailers: true'],
  ['basic_auth', 'users: { inline_string: "ann:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=" }', authorized('Basic YW5uOnBhc3N3b3Jk')],
  ['basic_auth', 'users: { inline_string: "ann:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=" }'],
  ['buffer', 'max_request_bytes: 1000'],
  ['buffer', 'max_request_bytes: 10'],
  ['cdn_loop', 'cdn_id: me.test'],
  ['compressor', `${compression('compressor', 'gzip.compressor.v3.Gzip')}\nresponse_direction_config: {}`, compressed('gzip', gunzipped)],
  ['compressor', `${compression('compressor', 'brotli.compressor.v3.Brotli')}\nresponse_direction_config: {}`, compressed('br', unbrotlied)],
  ['compressor', `${compression('compressor', 'gzip.compressor.v3.Gzip')}\nrequest_direction_config: { common_config: { enabled: { default_value: true, runtime_key: compress } } }`, {
    ...posted(BODY, [['content-type', 'text/plain']]), meaning: { request: (body) => text(gunzipped(latin1(body))) },
  }],
  ['composite', '{}'],
  ['match_delegate', CHOSEN, compressed('gzip', gunzipped)],
  ['cors', '{}', { ...from('https://app.example'), routeConfigs: [corsRoute] }],
  ['cors', '{}', { ...from('https://evil.example'), routeConfigs: [corsRoute] }],
  ['csrf', `filter_enabled: ${SHARE}`, from('https://evil.example')],
  ['csrf', `filter_enabled: ${SHARE}`, from('http://host')],
  ['custom_response', '{}'],
  ['custom_response', REDIRECTED],
  ['decompressor', compression('decompressor', 'gzip.decompressor.v3.Gzip'), posted(gzipSync(BODY), [['content-encoding', 'gzip']])],
  ['decompressor', compression('decompressor', 'gzip.decompressor.v3.Gzip'), posted('this is no gzip', [['content-encoding', 'gzip']])],
  ['dynamic_forward_proxy', 'dns_cache_config: { name: c }', { clusters, route: fakeRoute({ cluster: 'dfp' }) }],
  ['ext_authz', `${AUTHORIZER}\nwith_request_body: { max_request_bytes: 8192 }`, { fetch: sideCall(ALLOWED) }],
  ['ext_authz', AUTHORIZER, { fetch: sideCall(DENIED) }],
  ['ext_authz', AUTHORIZER],
  ['fault', fault('abort: { http_status: 503')],
  ['fault', fault('delay: { fixed_delay: 1s')],
  ['fault', fault('response_rate_limit: { fixed_limit: { limit_kbps: 1 }')],
  ['grpc_stats', 'stats_for_all_methods: true', GRPC],
  ['grpc_web', '{}', GRPC_WEB_TEXT],
  ['grpc_web', '{}'],
  ['header_mutation', 'mutations: { request_mutations: [{ append: { header: { key: x-a, value: b } } }], response_mutations: [{ remove: content-type }] }'],
  ['header_to_metadata', 'request_rules: [{ header: content-type, on_header_present: { metadata_namespace: a, key: b }, remove: true }]'],
  ['health_check', 'pass_through_mode: true\ncache_time: 1s'],
  ['ip_tagging', 'ip_tags: [{ ip_tag_name: a, ip_list: [{ address_prefix: 127.0.0.0, prefix_len: 8 }] }]'],
  ['jwt_authn', JWT, authorized(`Bearer ${TOKEN}`)],
  ['jwt_authn', JWT, authorized(`Bearer ${TOKEN.slice(0, -4)}AAAA`)],
  ['local_ratelimit', `stat_prefix: a\ntoken_bucket: { max_tokens: 100000, fill_interval: 1s }\nfilter_enabled: ${SHARE}\nfilter_enforced: ${SHARE}`],
  ['local_ratelimit', `stat_prefix: a\ntoken_bucket: { max_tokens: 1, fill_interval: 1s }\nfilter_enabled: ${SHARE}\nfilter_enforced: ${SHARE}`],
  ['ratelimit', LIMITED, { fetch: sideCall(UNDER) }],
  ['ratelimit', LIMITED, { fetch: sideCall(OVER) }],
  ['ratelimit', LIMITED],
  ['rbac', rules('ALLOW')],
  ['rbac', rules('DENY')],
  ['set_filter_state', 'on_request_headers: [{ object_key: a, factory_key: envoy.string, format_string: { text_format_source: { inline_string: x } } }]'],
  ['set_metadata', 'metadata: [{ metadata_namespace: a, value: { b: 1 } }]'],
  ['stateful_session', `session_state: { name: s, typed_config: { ${type('extensions.http.stateful_session.header.v3.HeaderBasedSessionState')}, name: x } }`],
] // prettier-ignore

import {
  adaptiveConcurrency, admissionControl, bandwidthLimit, customResponse, grpcStats, grpcWeb, healthCheck, ipTagging, localRateLimit, setFilterState,
  statefulSession,
} from '@nuncio/http-filters' // prettier-ignore
import type { AnyHttpFilterDefinition } from '@nuncio/filter-chain'
import { nodePlatform } from '@nuncio/server'
import { expect, test } from 'vitest'
import { checkFilter, type CheckOptions } from './check-filter.ts'

const SHARE = '{ default_value: { numerator: 100 } }'
const GRPC: CheckOptions = {
  request: { method: 'POST', path: '/a.B/C', headers: [['content-type', 'application/grpc']], body: '\0\0\0\0\u0005hello' },
  upstream: { headers: [['content-type', 'application/grpc']], body: '\0\0\0\0\u0005hello\0\0\0\0\u0002hi', trailers: [['grpc-status', '0']] },
} // prettier-ignore
const TEXT: CheckOptions = {
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
    - predicate: { single_predicate: { input: { name: a, typed_config: { "@type": type.googleapis.com/envoy.type.matcher.v3.HttpResponseStatusCodeMatchInput } }, value_match: { exact: "200" } } }
      on_match: { action: { name: a, typed_config: { "@type": type.googleapis.com/envoy.extensions.http.custom_response.redirect_policy.v3.RedirectPolicy, uri: "http://a/b" } } }
`

test.each<[AnyHttpFilterDefinition, string, CheckOptions?]>([
  [adaptiveConcurrency, 'gradient_controller_config: { concurrency_limit_params: { concurrency_update_interval: 0.1s }, min_rtt_calc_params: { interval: 30s } }'],
  [admissionControl, 'success_criteria: {}', GRPC],
  [bandwidthLimit, 'stat_prefix: a\nenable_mode: REQUEST_AND_RESPONSE\nlimit_kbps: 1000\nenable_response_trailers: true'],
  [customResponse, '{}'],
  [customResponse, REDIRECTED],
  [grpcStats, 'stats_for_all_methods: true', GRPC],
  [grpcWeb, '{}', TEXT],
  [grpcWeb, '{}'],
  [healthCheck, 'pass_through_mode: true\ncache_time: 1s'],
  [ipTagging, 'ip_tags: [{ ip_tag_name: a, ip_list: [{ address_prefix: 127.0.0.0, prefix_len: 8 }] }]'],
  [localRateLimit, `stat_prefix: a\ntoken_bucket: { max_tokens: 100000, fill_interval: 1s }\nfilter_enabled: ${SHARE}`],
  [setFilterState, 'on_request_headers: [{ object_key: a, factory_key: envoy.string, format_string: { text_format_source: { inline_string: x } } }]'],
  [statefulSession, 'session_state: { name: s, typed_config: { "@type": type.googleapis.com/envoy.extensions.http.stateful_session.header.v3.HeaderBasedSessionState, name: x } }'],
])('$name holds to the rules of the kit', async (definition, config, more = {}) => {
  expect(await checkFilter(definition, { config, platform: nodePlatform, ...more })).toEqual([])
}) // prettier-ignore

import fc from 'fast-check'
import type { Tree } from '../model/document.ts'
import { maybe, merged } from './combine.ts'
import { headerMatcher, stringMatch } from './matchers.ts'
import { headerOption, TEXTS } from './texts.ts'

// What routes tell rate limits, and limits that the proxy keeps itself.

const metadata = { metadata_key: { key: 'm', path: [{ key: 'k' }] } }

const action: fc.Arbitrary<Tree> = fc.oneof(
  fc.constantFrom<Tree>(
    { source_cluster: {} },
    { destination_cluster: {} },
    { remote_address: {} },
    { masked_remote_address: { v4_prefix_mask_len: 8 } },
    { masked_remote_address: {} },
    { request_headers: { header_name: 'x-a', descriptor_key: 'a' } },
    { request_headers: { header_name: 'x-a', descriptor_key: 'a', skip_if_absent: true } },
    { metadata: { descriptor_key: 'm', ...metadata, default_value: 'd' } },
    { metadata: { descriptor_key: 'm', ...metadata, source: 'ROUTE_ENTRY' } },
    { metadata: { descriptor_key: 'm', ...metadata, skip_if_absent: true } },
    { query_parameters: { query_parameter_name: 'k', descriptor_key: 'a' } },
    { query_parameters: { query_parameter_name: 'k', descriptor_key: 'a', skip_if_absent: true } },
    { extension: { name: 'x', typed_config: { '@type': 'type.matcher.v3.HttpRequestHeaderMatchInput', header_name: 'x-a' } } },
  ),
  fc.constantFrom('one', ...TEXTS).map((descriptor_value) => ({ generic_key: { descriptor_value, descriptor_key: 'own' } })),
  fc.constantFrom('one', 'two').map((descriptor_value) => ({ generic_key: { descriptor_value } })),
  fc.tuple(fc.boolean(), headerMatcher).map(([expect_match, header]) => ({
    header_value_match: { descriptor_value: 'm', expect_match, headers: [header] },
  })),
  fc.tuple(fc.boolean(), stringMatch).map(([expect_match, string_match]) => ({
    query_parameter_value_match: { descriptor_key: 'q', descriptor_value: 'q', expect_match, query_parameters: [{ name: 'k', string_match }] },
  })),
) // prettier-ignore

const limit: fc.Arbitrary<Tree> = merged(
  fc.array(action, { minLength: 1, maxLength: 2 }).map((actions) => ({ actions })),
  maybe(fc.constantFrom(0, 1).map((stage) => ({ stage }))),
  maybe(fc.constant({ disable_key: 'nothing' })),
  maybe(fc.constantFrom<Tree>({ number: 2 }, { number: 0 }, { format: '%REQ(x-pick)%' }).map((hits_addend) => ({ hits_addend }))),
  maybe(fc.constant({ limit: { dynamic_metadata: { metadata_key: { key: 'm', path: [{ key: 'none' }] } } } })),
) // prettier-ignore

/** What a route or a virtual host tells rate limits. */
export const rateLimits: fc.Arbitrary<Tree> = fc
  .array(limit, { minLength: 1, maxLength: 2 })
  .map((rate_limits) => ({ rate_limits }))

const always = { numerator: 100 }
const bucket = fc
  .constantFrom(1, 5)
  .map((max_tokens) => ({ token_bucket: { max_tokens, tokens_per_fill: 1, fill_interval: '60s' } }))

const descriptor: fc.Arbitrary<Tree> = merged(
  fc
    .array(
      fc.tuple(fc.constantFrom('own', 'a', 'generic_key', 'header_match', 'q'), fc.constantFrom('one', 'v', 'm', 'q', '')),
      { minLength: 1, maxLength: 2 },
    )
    .map((entries) => ({ entries: entries.map(([key, value]) => ({ key, ...(value !== '' && { value }) })) })),
  bucket,
) // prettier-ignore

/** A `LocalRateLimit`, of a filter or a route. */
export const localLimit: fc.Arbitrary<Tree> = merged(
  bucket,
  fc.constant({
    stat_prefix: 'limit',
    filter_enabled: { default_value: always },
    filter_enforced: { default_value: always },
  }),
  maybe(fc.uniqueArray(descriptor, { selector: ({ entries }) => JSON.stringify(entries), minLength: 1, maxLength: 2 }).map((descriptors) => ({ descriptors }))),
  maybe(fc.array(action, { minLength: 1, maxLength: 2 }).map((actions) => ({ rate_limits: [{ actions }] }))),
  maybe(fc.constantFrom('OVERRIDE', 'INCLUDE', 'IGNORE').map((vh_rate_limits) => ({ vh_rate_limits }))),
  maybe(fc.constant({ always_consume_default_token_bucket: false })),
  maybe(fc.constant({ local_rate_limit_per_downstream_connection: true })),
  maybe(fc.constantFrom(0, 1).map((stage) => ({ stage }))),
  maybe(headerOption('response').map((option) => ({ response_headers_to_add: [option] }))),
  maybe(fc.constantFrom('ServiceUnavailable', 'TooManyRequests').map((code) => ({ status: { code } }))),
  maybe(fc.constant({ enable_x_ratelimit_headers: 'DRAFT_VERSION_03' })),
  maybe(fc.constant({ rate_limited_as_resource_exhausted: true })),
  maybe(fc.constant({ request_headers_to_add_when_not_enforced: [{ header: { key: 'x-over', value: 'yes' } }] })),
) // prettier-ignore

import fc from 'fast-check'
import type { Tree } from '../model/document.ts'
import { maybe, merged } from './combine.ts'
import { perRoute } from './filters.ts'
import { headerMatcher, match } from './matchers.ts'
import { formatText, jsonFormat } from './operators.ts'
import { rateLimits } from './limits.ts'
import { mutations, TEXTS } from './texts.ts'

/** Origins, and the clusters that are generated for each pair. */
const CLUSTERS = ['a', 'b', 'x', 'y', 'x', 'h', 's']

const side = (value: string): Tree => ({ metadata_match: { filter_metadata: { 'envoy.lb': { side: value } } } })

const cluster: fc.Arbitrary<Tree> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...CLUSTERS).map((name) => ({ cluster: name })) },
  { weight: 1, arbitrary: fc.constant({ cluster_header: 'x-cluster' }) },
  { weight: 1, arbitrary: fc.constantFrom('left', 'right', 'none').map((value) => ({ cluster: 's', ...side(value) })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.nat(5), fc.nat(5), mutations('request'), mutations('response'), fc.boolean())
      .map(([one, two, requests, responses, told]) => ({
        weighted_clusters: {
          header_name: 'x-pick',
          clusters: [
            { name: 'a', weight: one + 1, ...requests, ...responses },
            { name: 'x', weight: two, ...(told && { host_rewrite_literal: 'weighted.test' }) },
          ],
        },
      })),
  },
)

const rewrite: fc.Arbitrary<Tree> = fc.oneof(
  fc.constantFrom('/f%PATH(NQ)%', '/%REQ(x-a)%', '%REQ(x-none)%').map((path_rewrite) => ({ path_rewrite })),
  fc.constantFrom('/', '/new', '/new/').map((prefix_rewrite) => ({ prefix_rewrite })),
  fc.constantFrom('\\0x', 'n\\1', '').map((substitution) => ({
    regex_rewrite: { pattern: { regex: '(a|b)' }, substitution },
  })),
)

/** For routes that match by a template. */
const templateRewrite: fc.Arbitrary<Tree> = fc.constantFrom('/to/{x}', '/to').map((path_template_rewrite) => ({
  path_rewrite_policy: {
    name: 'rewrite',
    typed_config: {
      '@type': 'extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig',
      path_template_rewrite,
    },
  },
}))

const hostRewrite: fc.Arbitrary<Tree> = fc.oneof(
  fc.constantFrom('other.test', 'other.test:81').map((host_rewrite_literal) => ({ host_rewrite_literal })),
  fc.constant({ host_rewrite_header: 'x-a' }),
  fc.constant({ host_rewrite_path_regex: { pattern: { regex: '^/(.+)/.*$' }, substitution: '\\1' } }),
)

const retries: fc.Arbitrary<Tree> = merged(
  fc
    .subarray(
      [
        '5xx', 'gateway-error', 'connect-failure', 'reset', 'retriable-4xx', 'retriable-status-codes', 'reset-before-request',
        'refused-stream', 'envoy-ratelimited', 'retriable-headers', 'unavailable', 'cancelled', 'http3-post-connect-failure',
      ],
      { minLength: 1, maxLength: 2 },
    )
    .map((conditions) => ({ retry_on: conditions.join(',') })),
  fc.nat(2).map((num_retries) => ({ num_retries })),
  fc.constant({ retry_back_off: { base_interval: '0.001s' } }),
  maybe(fc.constant({ retriable_status_codes: [503, 404] })),
  maybe(fc.constant({ retriable_headers: [{ name: 'x-origin', present_match: true }] })),
  maybe(fc.constant({ retriable_request_headers: [{ name: 'x-a', present_match: true }] })),
  maybe(
    fc.constant({
      retry_host_predicate: [
        {
          name: 'previous',
          typed_config: { '@type': 'extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate' },
        },
      ],
      host_selection_retry_max_attempts: '3',
    }),
  ),
  maybe(
    fc.constant({
      retry_priority: {
        name: 'priorities',
        typed_config: {
          '@type': 'extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig',
          update_frequency: 1,
        },
      },
    }),
  ),
) // prettier-ignore

/**
 * What says nothing about a request is followed by the header that each request has. None of these may be set to an address, whose
 * port is another for each proxy, or hold what filters of Envoy write anew, as they do `%76`.
 */
const hashes: fc.Arbitrary<Tree> = fc
  .subarray([
    { header: { header_name: 'x-c' } },
    { header: { header_name: 'x-b', regex_rewrite: { pattern: { regex: 'v' }, substitution: 'w' } } },
    { cookie: { name: 'c' } },
    { query_parameter: { name: 'x' }, terminal: true },
    { connection_properties: { source_ip: true } },
  ])
  .map((policies) => ({ hash_policy: [...policies, { header: { header_name: 'x-pick' } }] }))

const redirects: fc.Arbitrary<Tree> = merged(
  maybe(fc.constant({ redirect_response_codes: [301, 302, 303] })),
  maybe(fc.nat(2).map((max_internal_redirects) => ({ max_internal_redirects }))),
  maybe(fc.constant({ allow_cross_scheme_redirect: true })),
  maybe(fc.constant({ response_headers_to_copy: ['x-origin'] })),
  maybe(
    fc
      .constantFrom<Tree>(
        { '@type': 'extensions.internal_redirect.previous_routes.v3.PreviousRoutesConfig' },
        { '@type': 'extensions.internal_redirect.safe_cross_scheme.v3.SafeCrossSchemeConfig' },
        {
          '@type': 'extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig',
          allowed_route_names: ['one'],
        },
      )
      .map((typed_config) => ({ predicates: [{ name: 'predicate', typed_config }] })),
  ),
).map((internal_redirect_policy) => ({ internal_redirect_policy }))

const forwarding: fc.Arbitrary<Tree> = merged(
  cluster,
  maybe(rewrite),
  maybe(hostRewrite),
  maybe(fc.constant({ append_x_forwarded_host: true })),
  maybe(retries.map((retry_policy) => ({ retry_policy }))),
  maybe(fc.constant({ cluster_not_found_response_code: 'NOT_FOUND' })),
  maybe(fc.constant({ priority: 'HIGH' })),
  maybe(fc.constantFrom('0s', '7s').map((timeout) => ({ timeout }))),
  maybe(redirects),
  maybe(fc.constantFrom(true, false).map((enabled) => ({ upgrade_configs: [{ upgrade_type: 'websocket', enabled }] }))),
  maybe(rateLimits),
  maybe(
    fc
      .constantFrom('0s', '9s')
      .map((grpc_timeout_header_max) => ({ max_stream_duration: { grpc_timeout_header_max } })),
  ),
  maybe(templateRewrite),
  hashes,
).map((route) => ({ route }))

const redirecting: fc.Arbitrary<Tree> = merged(
  maybe(fc.constantFrom('h.test', 'h.test:82').map((host_redirect) => ({ host_redirect }))),
  maybe(
    fc.oneof(
      fc.constantFrom('/to', '/to?q=1').map((path_redirect) => ({ path_redirect })),
      fc.constantFrom('/pre', '/').map((prefix_rewrite) => ({ prefix_rewrite })),
      fc.constantFrom('/f%PATH(NQ)%', '/%REQ(x-a)%?own', '%REQ(x-none)%').map((path_rewrite) => ({ path_rewrite })),
      fc.constantFrom('\\0x', 'n\\1').map((substitution) => ({
        regex_rewrite: { pattern: { regex: '(a|b)' }, substitution },
      })),
    ),
  ),
  maybe(
    fc.oneof(
      fc.constant({ https_redirect: true }),
      fc.constantFrom('https', 'http').map((scheme_redirect) => ({ scheme_redirect })),
    ),
  ),
  maybe(fc.constantFrom(80, 443, 8443).map((port_redirect) => ({ port_redirect }))),
  maybe(fc.constant({ strip_query: true })),
  maybe(fc.constantFrom('FOUND', 'SEE_OTHER', 'PERMANENT_REDIRECT').map((response_code) => ({ response_code }))),
).map((redirect) => ({ redirect }))

const answering: fc.Arbitrary<Tree> = fc
  .tuple(
    fc.constantFrom(200, 204, 404, 503),
    fc.oneof(
      fc.constant({}),
      fc.constant({ body: { inline_string: 'text' } }),
      fc.constantFrom(...TEXTS).map((inline_string) => ({ body_format: { text_format_source: { inline_string } } })),
      formatText.map((inline_string) => ({ body_format: { text_format_source: { inline_string } } })),
      jsonFormat.map((json_format) => ({ body_format: { json_format } })),
      fc.constant({ body: { inline_string: 'text' }, body_format: { text_format_source: { inline_string: '[%LOCAL_REPLY_BODY%]' }, content_type: 'text/html' } }),
    ),
  )
  .map(([status, body]) => ({ direct_response: { status, ...body } })) // prettier-ignore

const action: fc.Arbitrary<Tree> = fc.oneof(
  { weight: 6, arbitrary: forwarding },
  { weight: 1, arbitrary: redirecting },
  { weight: 1, arbitrary: answering },
)

const routeOf = (matching: fc.Arbitrary<Tree>): fc.Arbitrary<Tree> =>
  merged(
    matching.map((tree) => ({ match: tree })),
    action,
    mutations('request'),
    mutations('response'),
    maybe(fc.constantFrom('one', 'two').map((name) => ({ name }))),
    maybe(fc.constant({ metadata: { filter_metadata: { m: { k: 'of the route' } } } })),
    maybe(fc.constantFrom(3, 100).map((request_body_buffer_limit) => ({ request_body_buffer_limit }))),
    maybe(perRoute),
  ).map(withoutPrefixOfTemplates)

const route = routeOf(match)
/** Without one most requests would have no route. */
const lastRoute = routeOf(fc.constant({ prefix: '/' }))

/** A template matches no prefix that could be rewritten, and nothing else has variables. */
function withoutPrefixOfTemplates(tree: Tree): Tree {
  const byTemplate = 'path_match_policy' in (tree['match'] as Tree)
  const less = (key: string): Tree => {
    const { prefix_rewrite, path_rewrite_policy, ...kept } = tree[key] as Tree
    const rewritten = 'regex_rewrite' in kept || 'path_rewrite' in kept
    if (!byTemplate) return { [key]: { ...kept, ...(prefix_rewrite !== undefined && { prefix_rewrite }) } }
    return { [key]: { ...kept, ...(path_rewrite_policy !== undefined && !rewritten && { path_rewrite_policy }) } }
  }
  return { ...tree, ...('route' in tree && less('route')), ...('redirect' in tree && less('redirect')) }
}

/** A virtual host without its name and domains. */
export const virtualHost: fc.Arbitrary<Tree> = merged(
  fc
    .tuple(fc.array(route, { minLength: 1, maxLength: 3 }), fc.option(lastRoute, { freq: 4 }))
    .map(([routes, last]) => ({ routes: last === null ? routes : [...routes, last] })),
  mutations('request'),
  mutations('response'),
  maybe(fc.constant({ include_request_attempt_count: true })),
  maybe(fc.constant({ include_attempt_count_in_response: true })),
  maybe(retries.map((retry_policy) => ({ retry_policy }))),
  maybe(rateLimits),
  maybe(headerMatcher.map((header) => ({ virtual_clusters: [{ name: 'some', headers: [header] }] }))),
  maybe(fc.constantFrom('ALL', 'EXTERNAL_ONLY').map((require_tls) => ({ require_tls }))),
  maybe(perRoute),
)

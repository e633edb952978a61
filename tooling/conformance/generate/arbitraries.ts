import fc from 'fast-check'
import type { Tree } from '../model/document.ts'
import { maybe, merged } from './combine.ts'
import { CORS, forwardingMore } from './worlds.ts'

// Small alphabets: what is generated for routes and what is generated for requests has to meet often.

const SEGMENTS = ['a', 'b', 'ab', 'A', 'a.b', 'a%2Fb', '%61', '..', '.', '', 'x1']
const HEADERS = ['x-a', 'x-b', 'X-C']
const VALUES = ['', 'v', 'V', 'vw', '7', '-3', 'a, b', ' v ']
/** Origins, and the clusters that are generated for each pair. */
const CLUSTERS = ['a', 'b', 'x', 'y', 'x']

const path = fc.array(fc.constantFrom(...SEGMENTS), { maxLength: 3 }).map((segments) => `/${segments.join('/')}`)
const plainPath = fc.array(fc.constantFrom('a', 'b', 'ab', 'A', 'x1'), { minLength: 1, maxLength: 2 })
const queryText = fc.constantFrom('', '', '?', '?k=v', '?k', '?k=v&k=w', '?x=1&k=7', '?a/../b')

const stringMatch: fc.Arbitrary<Tree> = fc.oneof(
  ...['exact', 'prefix', 'suffix', 'contains'].map((kind) =>
    fc
      .tuple(fc.constantFrom('v', 'V', 'vw', '7'), fc.boolean())
      .map(([text, ignore]) => ({ [kind]: text, ...(ignore && { ignore_case: true }) })),
  ),
  fc.constantFrom('v+', '[0-9]', '.*', 'v|w').map((regex) => ({ safe_regex: { regex } })),
)

const headerMatcher: fc.Arbitrary<Tree> = merged(
  fc.constantFrom(...HEADERS, ':method', ':authority').map((name) => ({ name })),
  fc.oneof(
    stringMatch.map((string_match) => ({ string_match })),
    fc.boolean().map((present_match) => ({ present_match })),
    fc.constant({ range_match: { start: -5, end: 8 } }),
    fc.constant({}),
  ),
  maybe(fc.constant({ invert_match: true })),
  maybe(fc.constant({ treat_missing_header_as_empty: true })),
)

const queryMatcher: fc.Arbitrary<Tree> = merged(
  fc.constantFrom('k', 'x').map((name) => ({ name })),
  fc.oneof(
    stringMatch.map((string_match) => ({ string_match })),
    fc.constant({ present_match: true }),
  ),
)

const match: fc.Arbitrary<Tree> = merged(
  fc.oneof(
    fc.oneof(path, fc.constant('/')).map((prefix) => ({ prefix })),
    path.map((exact) => ({ path: exact })),
    plainPath.map((segments) => ({ path_separated_prefix: `/${segments.join('/')}` })),
    fc.constantFrom('/a.*', '/[ab]+', '.*', '/(a|b)/.*').map((regex) => ({ safe_regex: { regex } })),
  ),
  maybe(fc.constant({ case_sensitive: false })),
  maybe(fc.array(headerMatcher, { minLength: 1, maxLength: 2 }).map((headers) => ({ headers }))),
  maybe(fc.array(queryMatcher, { minLength: 1, maxLength: 2 }).map((query_parameters) => ({ query_parameters }))),
).map(({ case_sensitive, ...rest }) =>
  'prefix' in rest || 'path' in rest ? { ...rest, ...(case_sensitive === false && { case_sensitive }) } : rest,
)

const TEXTS = ['set', '%REQ(x-a)%', '%REQ(:path)%', '%PROTOCOL%', 'a%%b', '%REQ(x-none?x-b):2%', '%ROUTE_NAME%']

/** Headers to add and to remove, of requests or responses. */
function mutations(side: 'request' | 'response'): fc.Arbitrary<Tree> {
  const added = fc
    .tuple(
      fc.constantFrom('x-a', 'x-new', 'X-Other'),
      fc.constantFrom(...TEXTS, ...(side === 'response' ? ['%RESPONSE_CODE%', '%RESP(x-origin)%'] : [])),
      fc.constantFrom('APPEND_IF_EXISTS_OR_ADD', 'ADD_IF_ABSENT', 'OVERWRITE_IF_EXISTS_OR_ADD', 'OVERWRITE_IF_EXISTS'),
      fc.boolean(),
    )
    .map(([key, value, append_action, keep]) => ({
      header: { key, value },
      append_action,
      ...(keep && { keep_empty_value: true }),
    }))
  return merged(
    maybe(fc.array(added, { minLength: 1, maxLength: 2 }).map((list) => ({ [`${side}_headers_to_add`]: list }))),
    maybe(
      fc
        .constantFrom('x-a', 'X-B', 'x-origin', 'user-agent')
        .map((name) => ({ [`${side}_headers_to_remove`]: [name] })),
    ),
  )
}

const cluster: fc.Arbitrary<Tree> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...CLUSTERS).map((name) => ({ cluster: name })) },
  { weight: 1, arbitrary: fc.constant({ cluster_header: 'x-cluster' }) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.nat(5), fc.nat(5)).map(([one, two]) => ({
      weighted_clusters: {
        header_name: 'x-pick',
        clusters: [
          { name: 'a', weight: one + 1 },
          { name: 'x', weight: two },
        ],
      },
    })),
  },
)

const rewrite: fc.Arbitrary<Tree> = fc.oneof(
  fc.constantFrom('/', '/new', '/new/').map((prefix_rewrite) => ({ prefix_rewrite })),
  fc.constantFrom('\\0x', 'n\\1', '').map((substitution) => ({
    regex_rewrite: { pattern: { regex: '(a|b)' }, substitution },
  })),
)

const hostRewrite: fc.Arbitrary<Tree> = fc.oneof(
  fc.constantFrom('other.test', 'other.test:81').map((host_rewrite_literal) => ({ host_rewrite_literal })),
  fc.constant({ host_rewrite_header: 'x-a' }),
  fc.constant({ host_rewrite_path_regex: { pattern: { regex: '^/(.+)/.*$' }, substitution: '\\1' } }),
)

const forwarding = merged(
  cluster,
  maybe(rewrite),
  maybe(hostRewrite),
  maybe(fc.constant({ append_x_forwarded_host: true })),
  forwardingMore,
).map((route) => ({ route }))

const redirecting = merged(
  maybe(fc.constantFrom('h.test', 'h.test:82').map((host_redirect) => ({ host_redirect }))),
  maybe(
    fc.oneof(
      fc.constantFrom('/to', '/to?q=1').map((path_redirect) => ({ path_redirect })),
      fc.constantFrom('/pre', '/').map((prefix_rewrite) => ({ prefix_rewrite })),
    ),
  ),
  maybe(fc.constant({ https_redirect: true })),
  maybe(fc.constant({ port_redirect: 8443 })),
  maybe(fc.constant({ strip_query: true })),
  maybe(fc.constantFrom('FOUND', 'SEE_OTHER', 'PERMANENT_REDIRECT').map((response_code) => ({ response_code }))),
).map((redirect) => ({ redirect }))

const answering = fc
  .tuple(fc.constantFrom(200, 204, 404, 503), fc.constantFrom('', 'text'))
  .map(([status, text]) => ({ direct_response: { status, ...(text !== '' && { body: { inline_string: text } }) } }))

const route: fc.Arbitrary<Tree> = merged(
  match.map((tree) => ({ match: tree })),
  fc.oneof(
    { weight: 5, arbitrary: forwarding },
    { weight: 1, arbitrary: redirecting },
    { weight: 1, arbitrary: answering },
  ),
  mutations('request'),
  mutations('response'),
  maybe(fc.constantFrom('one', 'two').map((name) => ({ name }))),
  maybe(fc.constant({ typed_per_filter_config: CORS })),
)

/** A virtual host without its name and domains. */
export const virtualHost: fc.Arbitrary<Tree> = merged(
  fc.array(route, { minLength: 1, maxLength: 4 }).map((routes) => ({ routes })),
  mutations('request'),
  mutations('response'),
  maybe(fc.constant({ include_request_attempt_count: true })),
)

/** In the place of an empty one, which is a case of its own (found/an-empty-scheme). */
const FORWARDED = { 'x-forwarded-proto': 'http' }

/** A request, as cases write it, without its host. */
export const request: fc.Arbitrary<Tree> = fc
  .record({
    method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'),
    port: fc.constantFrom('', '', '', ':81'),
    path,
    query: queryText,
    headers: fc.dictionary(
      fc.constantFrom(
        ...HEADERS,
        'x-cluster',
        'x-forwarded-for',
        'x-forwarded-proto',
        'user-agent',
        'origin',
        'authorization',
        'x_under',
        'x-request-id',
        'x-envoy-max-retries',
      ),
      fc.constantFrom(...VALUES, 'a', 'b', '1.2.3.4', 'https', 'http://v.test', 'Basic dXNlcjp0ZXN0', '1'),
      { maxKeys: 3 },
    ),
    // Without a number here weights are left to chance.
    pick: fc.nat(12),
    body: fc.option(fc.constantFrom('bytes', ''), { nil: undefined }),
  })
  .map(({ method, port, path: target, query, headers, pick, body }) => ({
    method,
    port,
    path: target + query,
    headers: { ...headers, ...(headers['x-forwarded-proto'] === '' && FORWARDED), 'x-pick': String(pick) },
    ...(body !== undefined && method !== 'GET' && method !== 'HEAD' && { body }),
  }))

import fc from 'fast-check'
import type { Tree } from '../model/document.ts'
import { maybe, merged } from './combine.ts'

// Small alphabets: what is generated for routes and what is generated for requests has to meet often.

const SEGMENTS = ['a', 'b', 'ab', 'A', 'a.b', 'a%2Fb', '%61', '..', '.', '', 'x1', 'a;v=1']
export const HEADERS = ['x-a', 'x-b', 'X-C']

export const path = fc.array(fc.constantFrom(...SEGMENTS), { maxLength: 3 }).map((segments) => `/${segments.join('/')}`)
const plainPath = fc.array(fc.constantFrom('a', 'b', 'ab', 'A', 'x1'), { minLength: 1, maxLength: 2 })

export const stringMatch: fc.Arbitrary<Tree> = fc.oneof(
  ...['exact', 'prefix', 'suffix', 'contains'].map((kind) =>
    fc
      .tuple(fc.constantFrom('v', 'V', 'vw', '7', '/a', 'x-a'), fc.boolean())
      .map(([text, ignore]) => ({ [kind]: text, ...(ignore && { ignore_case: true }) })),
  ),
  fc.constantFrom('v+', '[0-9]', '.*', 'v|w', '/a.*').map((regex) => ({ safe_regex: { regex } })),
)

/** One that does not take the request's line with it, see found/nothing-left. */
export const nameMatch = stringMatch.filter((match) => JSON.stringify(match) !== '{"safe_regex":{"regex":".*"}}')

export const headerMatcher: fc.Arbitrary<Tree> = merged(
  fc.constantFrom(...HEADERS, ':method', ':authority', ':path', 'cookie', 'content-type').map((name) => ({ name })),
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
    fc.boolean().map((present_match) => ({ present_match })),
  ),
)

const cookieMatcher: fc.Arbitrary<Tree> = merged(
  fc.constantFrom('c', 'd').map((name) => ({ name })),
  stringMatch.map((string_match) => ({ string_match })),
  maybe(fc.constant({ invert_match: true })),
)

/** `grpc`, the client's TLS, and a part of none or all. */
const rest = merged(
  maybe(fc.array(headerMatcher, { minLength: 1, maxLength: 2 }).map((headers) => ({ headers }))),
  maybe(fc.array(queryMatcher, { minLength: 1, maxLength: 2 }).map((query_parameters) => ({ query_parameters }))),
  maybe(cookieMatcher.map((matcher) => ({ cookies: [matcher] }))),
  maybe(fc.oneof(fc.constant({}), fc.constant({ grpc: {} }))),
  maybe(fc.boolean().map((presented) => ({ tls_context: { presented } }))),
  maybe(
    fc.constantFrom(0, 100).map((numerator) => ({
      runtime_fraction: { default_value: { numerator }, runtime_key: 'nothing' },
    })),
  ),
)

const template = { '@type': 'extensions.path.match.uri_template.v3.UriTemplateMatchConfig' }

export const match: fc.Arbitrary<Tree> = merged(
  fc.oneof(
    fc.oneof(path, fc.constant('/')).map((prefix) => ({ prefix })),
    path.map((exact) => ({ path: exact })),
    plainPath.map((segments) => ({ path_separated_prefix: `/${segments.join('/')}` })),
    fc.constantFrom('/a.*', '/[ab]+', '.*', '/(a|b)/.*').map((regex) => ({ safe_regex: { regex } })),
    fc.constantFrom('/{x}', '/a/{x}', '/{x}/*', '/a/{x=**}').map((path_template) => ({
      path_match_policy: { name: 'template', typed_config: { ...template, path_template } },
    })),
  ),
  maybe(fc.constant({ case_sensitive: false })),
  rest,
).map(({ case_sensitive, ...others }) =>
  'prefix' in others || 'path' in others ? { ...others, ...(case_sensitive === false && { case_sensitive }) } : others,
)

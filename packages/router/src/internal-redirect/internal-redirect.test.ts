import { responseHeaders } from '@nuncio/core'
import { describe, expect, test } from 'vitest'
import { forward, request, routesYaml, tableFrom, tableFromPartial } from '../testing/table.ts'
import { acceptsRoute, decideInternalRedirect, followRedirect, parseLocation } from './decide.ts'

function policy(action: string) {
  return forward(
    tableFrom(routesYaml(`- { match: { prefix: / }, route: { cluster: c, ${action} } }`)).table,
    request('h/'),
  ).internalRedirect
}
const plain = policy('internal_redirect_policy: {}')!
const situation = { redirects: 0, requestComplete: true, downstreamIsHttps: false }
const answer = (status: number, location?: string) =>
  responseHeaders(status, location === undefined ? [] : [['location', location]])

test('the policy: defaults, codes that are possible, the deprecated form', () => {
  expect(plain).toMatchObject({
    maxRedirects: 1,
    codes: new Set([302]),
    allowCrossScheme: false,
    predicates: [],
    responseHeadersToCopy: [],
  })
  expect(
    policy('internal_redirect_policy: { redirect_response_codes: [301, 303, 200], max_internal_redirects: 3 }'),
  ).toMatchObject({ maxRedirects: 3, codes: new Set([301, 303]) })
  expect(policy('internal_redirect_action: HANDLE_INTERNAL_REDIRECT, max_internal_redirects: 2')).toMatchObject({
    maxRedirects: 2,
    codes: new Set([302]),
  })
  expect(policy('')).toBeUndefined()
  const { problems } = tableFromPartial(
    routesYaml(
      '- { match: { prefix: / }, route: { cluster: c, internal_redirect_policy: { response_headers_to_copy: [x, Host] } } }',
    ),
  )
  expect(problems.map(({ path }) => path)).toEqual([
    'virtual_hosts[0].routes[0].route.internal_redirect_policy.response_headers_to_copy[1]',
  ])
})

test.each([
  ['http://a.com/x?y=1#z', { scheme: 'http', authority: 'a.com', path: '/x?y=1' }],
  ['HTTPS://a.com:8443', { scheme: 'https', authority: 'a.com:8443', path: '/' }],
  ['http://[::1]:80?x', { scheme: 'http', authority: '[::1]:80', path: '/?x' }],
  ['/relative', undefined],
  ['//a.com/x', undefined],
  ['ftp://a.com/', undefined],
  ['http://', undefined],
  ['http://user@a.com/', undefined],
  ['', undefined],
])('the location %s leads to %j', (location, target) => {
  expect(parseLocation(location)).toEqual(target)
})

describe('the decision', () => {
  const cross = policy('internal_redirect_policy: { allow_cross_scheme_redirect: true }')!
  test.each([
    [plain, answer(302, 'http://a/x'), {}, { scheme: 'http', authority: 'a', path: '/x' }],
    [plain, answer(301, 'http://a/x'), {}, 'not_listed'],
    [plain, answer(302, 'http://a/x'), { requestComplete: false }, 'incomplete_request'],
    [plain, answer(302), {}, 'bad_location'],
    [plain, answer(302, '/x'), {}, 'bad_location'],
    [plain, answer(302, 'https://a/x'), {}, 'unsafe_scheme'],
    [plain, answer(302, 'http://a/x'), { downstreamIsHttps: true }, 'unsafe_scheme'],
    [cross, answer(302, 'https://a/x'), {}, { scheme: 'https', authority: 'a', path: '/x' }],
    [plain, answer(302, 'http://a/x'), { redirects: 1 }, 'too_many_redirects'],
  ])('case %#', (rule, response, more, expected) => {
    expect(decideInternalRedirect(rule, response, { ...situation, ...more })).toEqual(expected)
  })
})

describe('following', () => {
  const target = { scheme: 'https', authority: 'new.com', path: '/n' } as const
  test('changes the URL and keeps the old one', () => {
    const headers = request('old.com/o?q')
    expect(followRedirect(plain, headers, answer(302), target, false)).toBe(false)
    expect([headers.authority, headers.path, headers.scheme, headers.method]).toEqual(['new.com', '/n', 'https', 'GET'])
    expect(headers.get('x-envoy-original-url')).toBe('http://old.com/o?q')
  })
  test.each([
    ['POST', 303, 'GET', true],
    ['HEAD', 303, 'HEAD', false],
    ['GET', 303, 'GET', false],
    ['POST', 302, 'POST', false],
  ])('%s on %s becomes %s; its body goes: %s', (method, status, expected, drops) => {
    const headers = request('h/', { 'content-length': '3' })
    headers.method = method
    expect(followRedirect(plain, headers, answer(status), target, false)).toBe(drops)
    expect([headers.method, headers.has('content-length')]).toEqual([expected, !drops])
  })
  test('copies headers of the response, and removes those that it lacks', () => {
    const copying = policy('internal_redirect_policy: { response_headers_to_copy: [X-A, x-b] }')!
    const headers = request('h/', { 'x-a': 'old', 'x-b': 'old' })
    followRedirect(
      copying,
      headers,
      responseHeaders(302, [
        ['x-a', '1'],
        ['x-a', '2'],
      ]),
      target,
      false,
    )
    expect([headers.getAll('x-a'), headers.has('x-b')]).toEqual([['1', '2'], false])
  })
})

describe('predicates on the new route', () => {
  const type = (name: string, fields = ''): string =>
    `{ name: p, typed_config: { "@type": type.googleapis.com/envoy.extensions.internal_redirect.${name}${fields} } }`
  const accepts = (predicate: string, fields: object): boolean =>
    acceptsRoute(policy(`internal_redirect_policy: { predicates: [${predicate}] }`)!, {
      routeName: 'r',
      previousRoutes: new Set(),
      downstreamIsHttps: false,
      targetIsHttps: false,
      ...fields,
    })
  test.each([
    [type('previous_routes.v3.PreviousRoutesConfig'), {}, true],
    [type('previous_routes.v3.PreviousRoutesConfig'), { previousRoutes: new Set(['r']) }, false],
    [type('allow_listed_routes.v3.AllowListedRoutesConfig', ', allowed_route_names: [r]'), {}, true],
    [type('allow_listed_routes.v3.AllowListedRoutesConfig', ', allowed_route_names: [s]'), {}, false],
    [type('safe_cross_scheme.v3.SafeCrossSchemeConfig'), { targetIsHttps: true }, false],
    [type('safe_cross_scheme.v3.SafeCrossSchemeConfig'), { downstreamIsHttps: true, targetIsHttps: false }, true],
  ])('%s with %j: %s', (predicate, fields, expected) => {
    expect(accepts(predicate, fields)).toBe(expected)
  })
})

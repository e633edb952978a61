import { localReply } from '@nuncio/filter-chain'
import {
  fakeRoute,
  FilterBench,
  type RunOptions,
  type SeenRequest,
  type Transcript,
  type UpstreamAnswer,
} from '@nuncio/filter-chain/testing'
import { expect, test } from 'vitest'
import { customResponse } from './index.ts'

const POLICY = 'type.googleapis.com/envoy.extensions.http.custom_response.redirect_policy.v3.RedirectPolicy'
const when = (status: string, policy: string): string => `
custom_response_matcher:
  matcher_list:
    matchers:
    - predicate:
        single_predicate:
          input: { name: status, typed_config: { "@type": type.googleapis.com/envoy.type.matcher.v3.HttpResponseStatusCodeMatchInput } }
          value_match: { exact: "${status}" }
      on_match: { action: { name: a, typed_config: { "@type": ${POLICY}, ${policy} } } }
`
const ELSEWHERE: UpstreamAnswer = { status: 200, headers: [['x-from', 'errors']], body: 'error page' }

async function run(policy: string, options: RunOptions & { other?: UpstreamAnswer } = {}) {
  const seen: SeenRequest[] = []
  const upstream = (request: SeenRequest): UpstreamAnswer => {
    seen.push(request)
    return seen.length === 1 ? { status: 503, body: 'original' } : (options.other ?? ELSEWHERE)
  }
  const t = await new FilterBench(customResponse, { config: when('503', policy), upstream, ...options }).run(
    options.request ?? { path: '/p', authority: 'shop.example', headers: [['x-mine', '1']] },
  )
  return { t, seen }
}
const count = (t: Transcript, name: string): number | undefined => t.stats.counters.get(`http.test.${name}`)?.value

test('the response of another upstream takes the place, with its headers and those that are added', async () => {
  const { t, seen } = await run(
    'uri: "http://errors.example/e503?x=1", status_code: 299, request_headers_to_add: [{ header: { key: x-why, value: "%RESPONSE_CODE%" } }], response_headers_to_add: [{ header: { key: x-added, value: "yes" } }]',
  )
  expect([t.status, t.body, t.header('x-from'), t.header('x-added'), t.violations]).toEqual([299, 'error page', 'errors', 'yes', []])
  expect(seen.map(({ method, authority, path }) => [method, authority, path])).toEqual([
    ['GET', 'shop.example', '/p'],
    ['GET', 'errors.example', '/e503?x=1'],
  ])
  expect(seen[1]!.headers).toEqual([['x-mine', '1'], ['x-why', '503']])
}) // prettier-ignore

test('without a status of its own it has that of the response in its place', async () => {
  expect((await run('uri: "http://errors.example"')).t.status).toBe(503)
})

test('it is not replaced again, whatever its status', async () => {
  const { t, seen } = await run('uri: "http://errors.example/"', { other: { status: 503, body: 'down too' } })
  expect([t.status, t.body, seen.length]).toEqual([503, 'down too', 2])
})

test('a request with a body becomes a GET without one, once it has come whole', async () => {
  const request = { method: 'POST', path: '/p', headers: [['content-length', '4']] as const, body: 'body' }
  const { t, seen } = await run('redirect_action: { host_redirect: errors.example, path_redirect: /e }', { request })
  expect([t.status, t.body]).toEqual([503, 'error page'])
  expect(seen[1]).toMatchObject({ method: 'GET', authority: 'errors.example', path: '/e', headers: [], body: '' })
})

test('a local reply before the request came whole goes on as it is', async () => {
  const { t, seen } = await run('uri: "http://errors.example/"', {
    request: { method: 'POST', path: '/p', body: 'x' },
    after: [{ onRequestHeaders: () => localReply(503, 'early', { body: 'early' }) }],
  })
  expect([t.status, t.body, seen]).toEqual([503, 'early', []])
})

test('without a route to the target the response goes on as it is, and that is counted', async () => {
  const route = fakeRoute()
  const { t, seen } = await run('uri: "http://nobody.example/"', {
    route: ({ authority }) => (authority === 'nobody.example' ? undefined : route),
  })
  expect([t.status, t.body, seen.length, count(t, 'custom_response_redirect_no_route')]).toEqual([
    503,
    'original',
    1,
    1,
  ])
})

test.each([
  ['uri: "errors.example/e"', 'errors.example/e is no URL with a scheme, a host and a path'],
  ['redirect_action: { host_redirect: a, response_code: FOUND }', 'a custom response is no redirect'],
  [
    'redirect_action: { host_redirect: a, prefix_rewrite: /x }',
    'no path was matched here whose prefix could be rewritten',
  ],
])('%s is refused', (policy, message) => {
  expect(new FilterBench(customResponse, { config: when('503', policy) }).problems).toEqual([message])
})

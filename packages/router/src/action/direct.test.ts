import { load } from '@nuncio/config'
import { responseHeaders, utf8Bytes, utf8Text } from '@nuncio/core'
import { describe, expect, test } from 'vitest'
import type { DirectResponseRoute } from '../contracts.ts'
import type { RouteTableOptions } from '../options.ts'
import { clusterOf, forward, request, routesYaml, streamInfo, tableFrom, tableFromPartial } from '../testing/table.ts'

function direct(yaml: string, options: Partial<RouteTableOptions> = {}): DirectResponseRoute {
  const { table, problems } = tableFrom(yaml, options)
  expect(problems).toEqual([])
  const route = table.route(request('orig.host:80/ping?x=1'), streamInfo(), 0)
  if (route?.kind !== 'direct') throw new Error('no direct response')
  return route
}
const answer = (fields: string): string => routesYaml(`- { match: { prefix: / }, direct_response: { ${fields} } }`)

describe('the body', () => {
  test.each([
    ['inline_string: "héllo"', 'héllo'],
    ['inline_bytes: aGk=', 'hi'],
    ['filename: /etc/x', 'file /etc/x'],
    ['environment_variable: X', 'env X'],
  ])('from %s', (source, expected) => {
    const route = direct(answer(`status: 200, body: { ${source} }`), {
      readFile: (path) => utf8Bytes(`file ${path}`),
      formatEnvironment: { environment: (name) => `env ${name}` },
    })
    expect(utf8Text(route.body!)).toBe(expected)
  })

  test('may be formatted for each request', () => {
    const route = direct(
      answer(
        'status: 200, body: { inline_string: hé }, body_format: { text_format_source: { inline_string: "é %LOCAL_REPLY_BODY% %REQ(:path)%" }, content_type: text/x }',
      ),
    )
    const { body, contentType } = route.formatBody!(streamInfo(), request('h/p'))
    expect([utf8Text(body), contentType]).toEqual(['é hé /p', 'text/x'])
    expect(direct(answer('status: 200')).formatBody).toBeUndefined()
  })

  test('has a limit of 4096 bytes, or as the configuration says', () => {
    const body = (length: number): string => answer(`status: 200, body: { inline_string: ${'x'.repeat(length)} }`)
    expect(tableFrom(body(4096)).problems).toEqual([])
    expect(tableFromPartial(body(4097)).problems.map(({ path }) => path)).toEqual([
      'virtual_hosts[0].routes[0].direct_response.body',
    ])
    expect(tableFromPartial(`max_direct_response_body_size_bytes: 5000\n${body(4097)}`).problems).toEqual([])
  })

  test('that cannot be read is a problem', () => {
    const { problems } = tableFrom(answer('status: 200, body: { filename: /none }'), {
      readFile: () => {
        throw new Error('ENOENT')
      },
    })
    expect(problems.map(({ code, message }) => [code, message])).toEqual([['unreadable', 'cannot read /none: ENOENT']])
  })
})

test.each([
  [200, undefined],
  [201, 'http://orig.host:80/ping?x=1'],
  [302, 'http://orig.host:80/ping?x=1'],
  [399, 'http://orig.host:80/ping?x=1'],
  [404, undefined],
])('a direct response with %s has the location %s', (status, location) => {
  const route = direct(answer(`status: ${status}`))
  expect(route.status).toBe(status)
  expect(route.location(request('orig.host:80/ping?x=1'))).toBe(location)
})

test('response header mutations of all levels apply', () => {
  const route = direct(`
response_headers_to_add: [{ header: { key: x-a, value: table } }]
virtual_hosts:
- name: v
  domains: ["*"]
  response_headers_to_add: [{ header: { key: x-a, value: host } }]
  routes:
  - match: { prefix: / }
    response_headers_to_add: [{ header: { key: x-a, value: "route %REQ(:path)% %RESPONSE_CODE%" } }]
    response_headers_to_remove: [x-gone]
    direct_response: { status: 200 }
`)
  const response = responseHeaders(200, [['x-gone', '1']])
  const info = streamInfo()
  info.status = 200
  route.finalizeResponseHeaders(response, info, request('h/p'))
  expect(response.getAll('x-a')).toEqual(['route /p 200', 'host', 'table'])
  expect(response.has('x-gone')).toBe(false)
})

describe('what a route does is one thing', () => {
  test.each([
    ['name: x', 'missing-field'],
    ['route: { cluster: a }, redirect: {}', 'oneof-conflict'],
    ['route: { cluster: a }, direct_response: { status: 200 }', 'oneof-conflict'],
    ['redirect: {}, non_forwarding_action: {}', 'oneof-conflict'],
    ['route: {}', 'missing-field'],
    ['route: { cluster: a, cluster_header: b }', 'oneof-conflict'],
    ['route: { cluster: a, weighted_clusters: { clusters: [{ name: a, weight: 1 }] } }', 'oneof-conflict'],
    ['route: { cluster: a, host_rewrite_literal: b, auto_host_rewrite: true }', 'oneof-conflict'],
    ['route: { cluster: a, host_rewrite_header: b, host_rewrite: c }', 'oneof-conflict'],
    ['redirect: { path_redirect: /a, prefix_rewrite: /b }', 'oneof-conflict'],
    ['redirect: { https_redirect: true, scheme_redirect: a }', 'oneof-conflict'],
    ['direct_response: { status: 199 }', 'rule'],
    ['direct_response: { status: 600 }', 'rule'],
  ])('{ %s } is refused: %s', (action, code) => {
    const yaml = routesYaml(`- { match: { prefix: / }, ${action} }`)
    const { problems } = load('envoy.config.route.v3.RouteConfiguration', yaml)
    expect(problems.filter(({ severity }) => severity === 'error').map((problem) => problem.code)).toEqual([code])
  })
})

test.each(['non_forwarding_action: {}', 'filter_action: {}'])(
  '{ %s } is a forwarding route with no cluster',
  (action) => {
    const { table } = tableFrom(routesYaml(`- { match: { prefix: / }, ${action} }`))
    expect(clusterOf(table, request('h/'))).toBe('')
  },
)

test.each([
  ['', 503],
  ['cluster_not_found_response_code: NOT_FOUND', 404],
  ['cluster_not_found_response_code: INTERNAL_SERVER_ERROR', 500],
])('{ %s } answers %s when the cluster is not there', (field, status) => {
  const { table } = tableFrom(routesYaml(`- { match: { prefix: / }, route: { cluster: c, ${field} } }`))
  expect(forward(table, request('h/')).clusterNotFoundStatus).toBe(status)
})

test('cluster_header: the first value, empty when absent', () => {
  const { table } = tableFrom(routesYaml('- { match: { prefix: / }, route: { cluster_header: X-C } }'))
  expect(clusterOf(table, request('h/', { 'x-c': ['a', 'b'] }))).toBe('a')
  expect(clusterOf(table, request('h/'))).toBe('')
})

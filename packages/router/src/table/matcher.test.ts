import { expect, test } from 'vitest'
import { clusterOf, request, streamInfo, tableFrom, tableFromPartial } from '../testing/table.ts'

const header = (name: string): string =>
  `{ name: i, typed_config: { "@type": type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput, header_name: ${name} } }`
const action = (type: string, fields: string): string =>
  `action: { name: a, typed_config: { "@type": type.googleapis.com/envoy.config.route.v3.${type}, ${fields} } }`
const tree = (map: string, more = ''): string => `
virtual_hosts:
- name: v
  domains: ["*"]
  ${more}
  matcher:
    matcher_tree:
      input: ${header('x-env')}
      exact_match_map: { map: { ${map} } }
    on_no_match: { ${action('Route', 'name: other, match: { prefix: /other }, route: { cluster: other }')} }
`

test('a matcher leads to a route, whose own match must hold too', () => {
  const { table, problems } = tableFrom(
    tree(`staging: { ${action('Route', 'name: s, match: { prefix: /a }, route: { cluster: staging }')} }`),
  )
  expect(problems).toEqual([])
  expect(clusterOf(table, request('h/a', { 'x-env': 'staging' }))).toBe('staging')
  expect(clusterOf(table, request('h/b', { 'x-env': 'staging' }))).toBeUndefined()
  expect(clusterOf(table, request('h/other'))).toBe('other')
  expect(clusterOf(table, request('h/a'))).toBeUndefined()
  expect(table.virtualHosts[0]!.routes.map(({ name, index }) => [name, index])).toEqual([
    ['other', 0],
    ['s', 1],
  ])
})

test('a matcher leads to a list of routes, of which the first match counts', () => {
  const list = action(
    'RouteList',
    'routes: [{ match: { prefix: /a }, route: { cluster: one } }, { match: { prefix: / }, route: { cluster: two } }]',
  )
  const { table } = tableFrom(tree(`staging: { ${list} }`))
  expect(clusterOf(table, request('h/a', { 'x-env': 'staging' }))).toBe('one')
  expect(clusterOf(table, request('h/b', { 'x-env': 'staging' }))).toBe('two')
})

test('routes of a tree inherit from the virtual host', () => {
  const { table } = tableFrom(
    tree(
      `staging: { ${action('Route', 'match: { prefix: / }, route: { cluster: c }')} }`,
      'request_headers_to_add: [{ header: { key: x-v, value: "1" } }]',
    ),
  )
  const asked = request('h/', { 'x-env': 'staging' })
  const route = table.route(asked, streamInfo(), 0)
  if (route?.kind === 'forward') route.finalizeRequestHeaders(asked, streamInfo(), false)
  expect(asked.get('x-v')).toBe('1')
})

test('the story tells the way through the tree', () => {
  const { table } = tableFrom(
    tree(`staging: { ${action('Route', 'match: { prefix: /a }, route: { cluster: staging }')} }`),
  )
  const story = table.explain(request('h/other', { 'x-env': 'none' }), streamInfo(), 0)
  expect(story.hostSteps.map(({ text }) => text).slice(-2)).toEqual([
    'matcher: no, header x-env in the exact map: got "none"',
    'matcher: yes, on_no_match',
  ])
  expect(story.cluster).toBe('other')
})

test.each([
  [
    tree(
      `staging: { ${action('Route', 'match: { prefix: / }, route: { cluster: c }')} }`,
      'routes: [{ match: { prefix: / }, route: { cluster: c } }]',
    ),
    'oneof-conflict',
  ],
  [
    tree(
      'staging: { action: { name: a, typed_config: { "@type": type.googleapis.com/envoy.config.route.v3.RouteMatch, prefix: / } } }',
    ),
    'unsupported',
  ],
])('problems: case %#', (yaml, code) => {
  expect(tableFromPartial(yaml).problems.map((problem) => problem.code)).toEqual([code])
})

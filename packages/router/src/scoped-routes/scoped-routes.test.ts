import { load, type Problem } from '@nuncio/config'
import { describe, expect, test } from 'vitest'
import { clusterOf, request, routesYaml, tableFrom } from '../testing/table.ts'
import { compileScopedRoutes, type ScopedRouteOptions } from './scoped-routes.ts'

const TYPE = 'envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes'

function compile(yaml: string, options: Partial<ScopedRouteOptions> = {}) {
  const loaded = load(TYPE, yaml)
  const problems: Problem[] = []
  const config = loaded.config ?? loaded.partial ?? {}
  return {
    scopes: compileScopedRoutes(config, {
      report: (problem) => problems.push(problem),
      sources: loaded.sources,
      ...options,
    }),
    problems,
  }
}

const inline = (cluster: string): string =>
  `route_configuration: { virtual_hosts: [{ name: v, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: ${cluster} } }] }] }`
const scoped = (fragments: string, ...scopes: string[]): string => `
name: s
scope_key_builder: { fragments: [${fragments}] }
scoped_route_configurations_list: { scoped_route_configurations: [${scopes.join(', ')}] }
`
const scope = (name: string, key: string[], routes: string): string =>
  `{ name: ${name}, key: { fragments: [${key.map((one) => `{ string_key: "${one}" }`).join(', ')}] }, ${routes} }`

describe('keys', () => {
  const element =
    '{ header_value_extractor: { name: X-Addr, element_separator: ";", element: { separator: "=", key: vip } } }'
  const index = '{ header_value_extractor: { name: x-i, element_separator: ",", index: 1 } }'
  test.each([
    [element, { 'x-addr': 'a=1;vip=10.0.0.1;vip=2' }, ['10.0.0.1']],
    [element, { 'x-addr': 'a=1' }, undefined],
    [element, {}, undefined],
    [index, { 'x-i': 'a,b,c' }, ['b']],
    [index, { 'x-i': 'a' }, undefined],
    [`${element}, ${index}`, { 'x-addr': 'vip=1', 'x-i': 'a,b' }, ['1', 'b']],
    ['{ header_value_extractor: { name: x-whole, index: 0 } }', { 'x-whole': 'a,b' }, ['a,b']],
  ])('%s of %j: %j', (fragments, headers, expected) => {
    expect(compile(scoped(fragments, scope('a', ['x'], inline('a')))).scopes.key(request('h/', headers))).toEqual(
      expected,
    )
  })
})

test('a request goes to the table of its key, and to none when that is not known', () => {
  const { scopes, problems } = compile(
    scoped(
      '{ header_value_extractor: { name: x-k, index: 0 } }',
      scope('a', ['1'], inline('one')),
      scope('b', ['2'], inline('two')),
    ),
  )
  expect(problems).toEqual([])
  const to = (key: string): string | undefined => {
    const asked = request('h/', { 'x-k': key })
    const table = scopes.table(asked)
    return table && clusterOf(table, asked)
  }
  expect([to('1'), to('2'), to('3')]).toEqual(['one', 'two', undefined])
})

test('a scope may name its route configuration, which is asked for each time', () => {
  let { table } = tableFrom(routesYaml('- { match: { prefix: / }, route: { cluster: first } }'))
  const { scopes } = compile(
    scoped('{ header_value_extractor: { name: x-k, index: 0 } }', scope('a', ['1'], 'route_configuration_name: rc')),
    { tableOf: (name) => (name === 'rc' ? table : undefined) },
  )
  const asked = request('h/', { 'x-k': '1' })
  expect(clusterOf(scopes.table(asked)!, asked)).toBe('first')
  table = tableFrom(routesYaml('- { match: { prefix: / }, route: { cluster: second } }')).table
  expect(clusterOf(scopes.table(asked)!, asked)).toBe('second')
})

test('two scopes with one key are a problem, and so is one without routes', () => {
  const { problems } = compile(
    scoped(
      '{ header_value_extractor: { name: x-k, index: 0 } }',
      scope('a', ['1'], inline('a')),
      scope('b', ['1'], inline('b')),
      scope('c', ['2'], ''),
      scope('d', ['3'], 'route_configuration_name: rc'),
    ),
  )
  // Nobody who could know a route configuration by its name was given.
  expect(problems.map(({ code }) => code)).toEqual(['duplicate-name', 'missing-field', 'unsupported'])
})

import { load } from '@nuncio/config'
import { describe, expect, test } from 'vitest'
import { forward, request, routesYaml, streamInfo, tableFrom, tableFromPartial } from '../testing/table.ts'

const add = (key: string, value: string, more = ''): string => `{ header: { key: ${key}, value: "${value}" }${more} }`

function levels(actions: string, specificWins: boolean): readonly string[] {
  const level = (name: string): string => `request_headers_to_add: [${add('x-key', name, actions)}]`
  const { table, problems } = tableFrom(`
most_specific_header_mutations_wins: ${specificWins}
${level('global')}
virtual_hosts:
- name: v
  domains: ["*"]
  ${level('vhost')}
  routes:
  - match: { prefix: / }
    ${level('route')}
    route: { cluster: c }
`)
  expect(problems).toEqual([])
  const headers = request('h/')
  forward(table, headers).finalizeRequestHeaders(headers, streamInfo(), false)
  return headers.getAll('x-key')
}

describe('the order of levels', () => {
  test.each([
    [', append_action: OVERWRITE_IF_EXISTS_OR_ADD', false, ['global']],
    [', append_action: OVERWRITE_IF_EXISTS_OR_ADD', true, ['route']],
    [', append: false', false, ['global']],
    ['', false, ['route', 'vhost', 'global']],
    ['', true, ['global', 'vhost', 'route']],
    [', append_action: ADD_IF_ABSENT', false, ['route']],
    [', append_action: ADD_IF_ABSENT', true, ['global']],
  ])('%s, most_specific_header_mutations_wins %s: %j', (action, wins, expected) => {
    expect(levels(action, wins)).toEqual(expected)
  })
})

function mutate(additions: string, removals: string, headers: Readonly<Record<string, string | readonly string[]>>) {
  const { table, problems } = tableFrom(
    routesYaml(
      `- { match: { prefix: / }, request_headers_to_add: [${additions}], request_headers_to_remove: [${removals}], route: { cluster: c } }`,
    ),
  )
  expect(problems).toEqual([])
  const asked = request('h/', headers)
  forward(table, asked).finalizeRequestHeaders(asked, streamInfo(), false)
  return asked
}

describe('append_action', () => {
  test.each([
    ['APPEND_IF_EXISTS_OR_ADD', ['0'], ['0', '1']],
    ['APPEND_IF_EXISTS_OR_ADD', [], ['1']],
    ['ADD_IF_ABSENT', ['0'], ['0']],
    ['ADD_IF_ABSENT', [], ['1']],
    ['OVERWRITE_IF_EXISTS_OR_ADD', ['0', '00'], ['1']],
    ['OVERWRITE_IF_EXISTS_OR_ADD', [], ['1']],
    ['OVERWRITE_IF_EXISTS', ['0'], ['1']],
    ['OVERWRITE_IF_EXISTS', [], []],
  ])('%s on %j: %j', (action, before, after) => {
    expect(mutate(add('X-A', '1', `, append_action: ${action}`), '', { 'x-a': before }).getAll('x-a')).toEqual(after)
  })
})

test('one level: removals, then formatting, then overwrites, then appends', () => {
  const done = mutate(
    [
      add('x-a', '1'),
      add('x-a', '2', ', append_action: OVERWRITE_IF_EXISTS_OR_ADD'),
      add('x-b', 'b', ', append_action: ADD_IF_ABSENT'),
      add('x-b', 'b2', ', append_action: ADD_IF_ABSENT'),
      add('x-c', 'c', ', append_action: OVERWRITE_IF_EXISTS'),
      add('x-d', ''),
      add('x-e', '', ', keep_empty_value: true'),
      add('x-f', '%REQ(x-r)%%REQ(x-q)%|%%'),
      add('X-Up', 'a%REQ(nope)%b'),
      add('x-g', '%REQ(x-a)%'),
    ].join(', '),
    'X-R',
    { 'x-r': 'r', 'x-q': 'q', 'x-a': '0', 'x-c': '0' },
  )
  expect(done.has('x-r')).toBe(false)
  expect(done.getAll('x-a')).toEqual(['2', '1'])
  expect(done.getAll('x-b')).toEqual(['b', 'b2'])
  expect(done.getAll('x-c')).toEqual(['c'])
  expect(done.has('x-d')).toBe(false)
  expect(done.getAll('x-e')).toEqual([''])
  expect(done.get('x-f')).toBe('q|%')
  expect(done.get('x-up')).toBe('ab')
  expect(done.get('x-g')).toBe('0')
})

describe('problems', () => {
  test.each([
    [`request_headers_to_add: [${add('host', 'x')}]`, 'reserved-header', 'request_headers_to_add[0].header.key'],
    [`request_headers_to_add: [${add('Host', 'x')}]`, 'reserved-header', 'request_headers_to_add[0].header.key'],
    [`response_headers_to_add: [${add('":status"', 'x')}]`, 'reserved-header', 'response_headers_to_add[0].header.key'],
    ['request_headers_to_remove: [x, host]', 'reserved-header', 'request_headers_to_remove[1]'],
    ['response_headers_to_remove: [":status"]', 'reserved-header', 'response_headers_to_remove[0]'],
    [
      `request_headers_to_add: [${add('x', 'x', ', append: true, append_action: OVERWRITE_IF_EXISTS')}]`,
      'oneof-conflict',
      'request_headers_to_add[0].append',
    ],
    [`request_headers_to_add: [${add('x', '50%')}]`, 'bad-format', 'request_headers_to_add[0].header.value'],
    [`request_headers_to_add: [${add('x', '%NOPE%')}]`, 'unknown-operator', 'request_headers_to_add[0].header.value'],
  ])('%s: %s', (fields, code, path) => {
    const { problems } = tableFromPartial(routesYaml(`- { match: { prefix: / }, ${fields}, route: { cluster: c } }`))
    expect(problems.map((problem) => [problem.code, problem.path])).toEqual([
      [code, `virtual_hosts[0].routes[0].${path}`],
    ])
  })

  test('more than 1000 additions at a level are refused', () => {
    const additions = (count: number): string => Array.from({ length: count }, (_, i) => add(`x-${i}`, 'v')).join(', ')
    const codes = (count: number): string[] =>
      load(
        'envoy.config.route.v3.RouteConfiguration',
        routesYaml(`- { match: { prefix: / }, request_headers_to_add: [${additions(count)}], route: { cluster: c } }`),
      ).problems.map(({ code }) => code)
    expect([codes(1000), codes(1001)]).toEqual([[], ['rule']])
  })

  test('append: true together with its own spelling is fine', () => {
    const fields = `request_headers_to_add: [${add('x', 'x', ', append: true, append_action: APPEND_IF_EXISTS_OR_ADD')}]`
    expect(tableFrom(routesYaml(`- { match: { prefix: / }, ${fields}, route: { cluster: c } }`)).problems).toEqual([])
  })
})

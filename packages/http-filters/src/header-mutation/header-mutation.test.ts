import { FilterBench, runFilter } from '@nuncio/filter-chain/testing'
import { describe, expect, test } from 'vitest'
import { headerMutation } from './index.ts'

const set = (value: string): string =>
  `mutations: { request_mutations: [{ append: { header: { key: x-a, value: ${value} }, append_action: OVERWRITE_IF_EXISTS_OR_ADD } }] }`
const lines = (pairs: readonly (readonly [string, string])[] | undefined, name: string): string[] =>
  (pairs ?? []).filter(([key]) => key === name).map(([, value]) => value)
const query = async (mutations: string, path: string): Promise<string | undefined> =>
  (
    await runFilter(headerMutation, {
      config: `mutations: { query_parameter_mutations: ${mutations} }`,
      request: { path, headers: [['x-q', 'a b&c']] },
    })
  ).upstream?.path

describe('envoy.filters.http.header_mutation', () => {
  test('works its list off in order, each step seeing what those before it did', async () => {
    const t = await runFilter(headerMutation, {
      config: `
mutations:
  request_mutations:
    - append: { header: { key: x-a, value: '1' } }
    - append: { header: { key: x-b, value: 'b%REQ(x-a)%' } }
    - remove: x-a
    - append: { header: { key: x-c, value: c }, append_action: OVERWRITE_IF_EXISTS }
    - append: { header: { key: x-d, value: new }, append_action: ADD_IF_ABSENT }
`,
      request: { headers: [['x-d', 'old']] },
    })
    const headers = t.upstream?.headers
    expect([lines(headers, 'x-a'), lines(headers, 'x-b'), lines(headers, 'x-c'), lines(headers, 'x-d')]).toEqual([
      [],
      ['b1'],
      [],
      ['old'],
    ])
  })

  test('changes responses, with what the request said, local replies included', async () => {
    const t = await runFilter(headerMutation, {
      config: `mutations: { response_mutations: [{ append: { header: { key: x-path, value: '%REQ(:path)%' } } }, { remove: server-secret }] }`,
      request: { path: '/p' },
      upstream: { headers: [['server-secret', 's']] },
    })
    expect([t.header('x-path'), t.header('server-secret')]).toEqual(['/p', undefined])
  })

  test('removes headers whose names match, whatever their case', async () => {
    const t = await runFilter(headerMutation, {
      config: 'mutations: { request_mutations: [{ remove_on_match: { key_matcher: { prefix: x-internal- } } }] }',
      request: { headers: [['X-Internal-A', '1'], ['x-internal-b', '2'], ['x-other', '3']] },
    }) // prettier-ignore
    expect(t.upstream?.headers.map(([name]) => name)).toEqual(['x-other'])
    expect(t.upstream?.path).toBe('/')
  })

  test('changes trailers', async () => {
    const append = '[{ append: { header: { key: x-t, value: v } } }]'
    const t = await runFilter(headerMutation, {
      config: `mutations: { request_trailers_mutations: ${append}, response_trailers_mutations: ${append} }`,
      request: { method: 'POST', body: 'b', trailers: [['a', '1']] },
      upstream: { body: 'b', trailers: [['b', '2']] },
    })
    expect([lines(t.upstream?.trailers, 'x-t'), lines(t.trailers, 'x-t')]).toEqual([['v'], ['v']])
  })

  test.each([
    [false, 'host'],
    [true, 'route'],
  ])('with most_specific_header_mutations_wins %s the %s has the last word', async (wins, last) => {
    const t = await runFilter(headerMutation, {
      config: `{ ${set('filter')}, most_specific_header_mutations_wins: ${wins} }`,
      routeConfigs: [set('route'), set('host')],
    })
    expect(lines(t.upstream?.headers, 'x-a')).toEqual([last])
  })

  test.each([
    ['[{ append: { record: { key: b, value: "%REQ(x-q)%" } } }]', '/p?z=1&b=2', '/p?b=2&b=a%20b%26c&z=1'],
    ['[{ append: { record: { key: b, value: n }, action: ADD_IF_ABSENT } }]', '/p?b=2', '/p?b=2'],
    ['[{ append: { record: { key: b, value: n }, action: OVERWRITE_IF_EXISTS } }]', '/p', '/p'],
    ['[{ append: { record: { key: b, value: n }, action: OVERWRITE_IF_EXISTS_OR_ADD } }]', '/p?b=1&b=2', '/p?b=n'],
    ['[{ remove: b }]', '/p?b=1&b=2', '/p'],
    ['[{ remove: b }]', '/p?a%20b=%2F&b', '/p?a%20b=%2F'],
    ['[{ remove: b }]', '/p?x%0d%0ainjected=1', '/p?x%0d%0ainjected=1'],
  ])('changes the query by %s: %s becomes %s', async (mutations, path, expected) => {
    expect(await query(mutations, path)).toBe(expected)
  })

  test.each([
    ['append: { header: { key: ":path", value: /x } }', 'cannot be added or changed'],
    ['append: { header: { key: host, value: x } }', 'cannot be added or changed'],
    ['remove: ":method"', 'cannot be removed'],
    ['append: { header: { key: x, value: "%NOPE%" } }', 'there is no operator'],
  ])('refuses %s', (mutation, message) => {
    const bench = new FilterBench(headerMutation, { config: `mutations: { request_mutations: [{ ${mutation} }] }` })
    expect(bench.problems.join()).toContain(message)
  })

  test('refuses to append a query parameter and to remove one at once', () => {
    const mutation = '{ remove: a, append: { record: { key: q, value: v } } }'
    const config = `mutations: { query_parameter_mutations: [${mutation}] }`
    expect(new FilterBench(headerMutation, { config }).problems).toEqual(['append and remove are both set'])
  })

  test('has the command operators of its formatters, in all of its values', async () => {
    const type = 'type.googleapis.com/envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery'
    const mutations = (formatter: string): string => `
mutations:
  formatters: [{ name: f, typed_config: { '@type': type.googleapis.com/${formatter} } }]
  request_mutations: [{ append: { header: { key: x-path, value: '%REQ_WITHOUT_QUERY(:path)%' } } }]
  query_parameter_mutations: [{ append: { record: { key: q, value: '%REQ_WITHOUT_QUERY(:path)%' } } }]
`
    const t = await runFilter(headerMutation, { config: mutations(type), request: { path: '/a?b=c' } })
    expect([lines(t.upstream?.headers, 'x-path'), t.upstream?.path]).toEqual([['/a'], '/a?b=c&q=%2Fa'])
    const bare = new FilterBench(headerMutation, { config: mutations(type).replace(/\n  formatters.*/, '') })
    expect(bare.problems.join()).toContain('REQ_WITHOUT_QUERY')
  })
})

import { emptyRuntime } from '@nuncio/core'
import { FilterBench, type RunOptions, type Transcript } from '@nuncio/filter-chain/testing'
import { describe, expect, test } from 'vitest'
import { buffer } from '../buffer/index.ts'
import { headerMutation } from '../header-mutation/index.ts'
import { matchDelegate } from '../match-delegate/index.ts'
import { buffered, compositeWith, does, execute, matcher, mutation, perRoute, said, wrapping } from '../match-delegate/testing/yaml.ts' // prettier-ignore
import { composite } from './index.ts'

const ACTIONS = 'envoy.extensions.filters.http.composite.matched_actions'
const one = execute(`typed_config: ${mutation('x-in')}`)
const run = (tree: string, options: RunOptions = {}, fields = '', doing = 'it'): Promise<Transcript> =>
  new FilterBench(matchDelegate, {
    config: wrapping(compositeWith(fields), tree),
    wrapped: [composite, headerMutation, buffer],
    upstream: { headers: [['x-said', 'nay']] },
    ...options,
  }).run({ headers: [['x-do', doing]], ...options.request })
const seen = (t: Transcript): unknown[] => [
  t.upstream?.headers.filter(([name]) => name.startsWith('x-in')).map(([name]) => name),
  t.headers.filter(([name]) => name.startsWith('x-in')).map(([name]) => name),
]

describe('envoy.filters.http.composite', () => {
  test('is the filter that the matcher names, and notes which one that was', async () => {
    const t = await run(matcher([does('it'), one]))
    expect(seen(t)).toEqual([['x-in'], ['x-in']])
    expect(t.stats.counter('http.test.composite.filter_delegation_success').value).toBe(1)
    const state = t.info.filterState?.get(ACTIONS)
    expect([state?.serialize(), state?.typed?.()]).toEqual([
      '{"envoy.filters.http.match_delegate":"x"}',
      { 'envoy.filters.http.match_delegate': 'x' },
    ])
  })
  test('is none where nothing matches', async () => {
    const t = await run(matcher([does('it'), one]), {}, '', 'other')
    expect([...seen(t), t.info.filterState?.get(ACTIONS)]).toEqual([[], [], undefined])
  })
  test('begins with the response where the matcher hangs on that', async () => {
    expect(seen(await run(matcher([said('nay'), one])))).toEqual([[], ['x-in']])
  })
  test('runs a chain in its order, and back in the reverse', async () => {
    const chain = execute(`filter_chain: { typed_config: [${mutation('x-in-a')}, ${mutation('x-in-b')}] }`)
    expect(seen(await run(matcher([does('it'), chain])))).toEqual([
      ['x-in-a', 'x-in-b'],
      ['x-in-b', 'x-in-a'],
    ])
  })
  test('runs a chain of its own by name, and nothing where there is none of that name', async () => {
    const chains = `named_filter_chains: { two: { typed_config: [${mutation('x-in-a')}, ${mutation('x-in-b')}] } }`
    const named = (name: string): string => matcher([does('it'), execute(`filter_chain_name: ${name}`)])
    expect(seen(await run(named('two'), {}, chains))).toEqual([['x-in-a', 'x-in-b'], ['x-in-b', 'x-in-a']]) // prettier-ignore
    expect(seen(await run(named('three'), {}, chains))).toEqual([[], []])
  })
  test('lets a filter of a chain hold, answer, and read a whole body', async () => {
    const chain = matcher([
      does('it'),
      execute(`filter_chain: { typed_config: [${mutation('x-in')}, ${buffered(10)}] }`),
    ])
    const request = (body: string): RunOptions => ({ request: { method: 'POST', headers: [['x-do', 'it']], body: [body, body] } }) // prettier-ignore
    const small = await run(chain, request('1234'))
    expect([small.upstream?.body, ...seen(small)]).toEqual(['12341234', ['x-in'], ['x-in']])
    expect((await run(chain, request('123456'))).status).toBe(413)
  })
  test('runs an action for a share of the streams', async () => {
    const share = (percent: number): string =>
      matcher([does('it'), execute(`sample_percent: { runtime_key: s, default_value: { numerator: ${percent} } }, typed_config: ${mutation('x-in')}`)]) // prettier-ignore
    expect(seen(await run(share(0)))).toEqual([[], []])
    expect(seen(await run(share(100)))).toEqual([['x-in'], ['x-in']])
    const runtime = { ...emptyRuntime, fraction: () => ({ numerator: 100, denominator: 100 as const }) }
    expect(seen(await run(share(0), { runtime }))).toEqual([['x-in'], ['x-in']])
  })
  test('goes by the matcher of the route', async () => {
    const routeConfigs = [perRoute(matcher([does('it'), execute(`typed_config: ${mutation('x-in-route')}`)]))]
    expect(seen(await run(matcher([does('it'), one]), { routeConfigs }))).toEqual([['x-in-route'], ['x-in-route']])
  })
  test.each([
    ['', 'an action runs typed_config, filter_chain or filter_chain_name'],
    ['filter_chain: {}', 'a chain of filters needs at least one'],
  ])('refuses the action {%s}', (fields, message) => {
    const config = wrapping(compositeWith(), matcher([does('it'), execute(fields)]))
    expect(new FilterBench(matchDelegate, { config, wrapped: [composite] }).problems).toEqual([message])
  })
})

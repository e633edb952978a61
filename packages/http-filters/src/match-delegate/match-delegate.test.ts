import { FilterBench, type RunOptions, type Transcript } from '@nuncio/filter-chain/testing'
import { describe, expect, test } from 'vitest'
import { headerMutation } from '../header-mutation/index.ts'
import { matchDelegate } from './index.ts'
import { does, matcher, mutation, perRoute, said, SKIP, wrapping } from './testing/yaml.ts'

const run = (config: string, headers: RunOptions['routeConfigs'] | [string, string][] = [], options: RunOptions = {}) =>
  new FilterBench(matchDelegate, {
    config,
    wrapped: [headerMutation],
    upstream: { headers: [['x-said', 'nay']] },
    ...options,
  }).run({ headers: headers as [string, string][] })
/** Whether the filter inside saw the request, and the response. */
const sides = (t: Transcript): boolean[] => [
  t.upstream?.headers.some(([name]) => name === 'x-in') ?? false,
  t.header('x-in') !== undefined,
]

describe('envoy.filters.http.match_delegate', () => {
  test('runs the filter inside, where nothing matches', async () => {
    const t = await run(wrapping(mutation('x-in'), matcher([does('skip'), SKIP])), [['x-do', 'it']])
    expect(sides(t)).toEqual([true, true])
  })
  test('skips it where the matcher says so', async () => {
    const t = await run(wrapping(mutation('x-in'), matcher([does('skip'), SKIP])), [['x-do', 'skip']])
    expect(sides(t)).toEqual([false, false])
  })
  test('decides at the response what hangs on it, and lets the request pass the filter until then', async () => {
    const t = await run(wrapping(mutation('x-in'), matcher([said('nay'), SKIP])))
    expect(sides(t)).toEqual([true, false])
  })
  test('waits for the first condition, though a later one matches already', async () => {
    const t = await run(wrapping(mutation('x-in'), matcher([said('never'), SKIP], [does('skip'), SKIP])), [
      ['x-do', 'skip'],
    ])
    expect(sides(t)).toEqual([true, false])
  })
  test('does not wait when one of several conditions is enough', async () => {
    const either = `{ or_matcher: { predicate: [${said('never')}, ${does('skip')}] } }`
    const t = await run(wrapping(mutation('x-in'), matcher([either, SKIP])), [['x-do', 'skip']])
    expect(sides(t)).toEqual([false, false])
  })
  test('goes by the matcher of a route before its own', async () => {
    const own = wrapping(mutation('x-in'), matcher([does('skip'), SKIP]))
    const routeConfigs = [perRoute(matcher([does('other'), SKIP]))]
    expect(sides(await run(own, [['x-do', 'skip']], { routeConfigs }))).toEqual([true, true])
    expect(sides(await run(own, [['x-do', 'other']], { routeConfigs }))).toEqual([false, false])
  })
  test('never runs the filter where there is no matcher at all', async () => {
    const own = `{ extension_config: ${mutation('x-in')} }`
    expect(sides(await run(own))).toEqual([false, false])
    const routeConfigs = [perRoute(matcher([does('skip'), SKIP]))]
    expect(sides(await run(own, [], { routeConfigs }))).toEqual([true, true])
  })
  test('hands what a route says to the filter inside on to it', async () => {
    const own = wrapping(mutation('x-in'), matcher([does('skip'), SKIP]))
    const inner = `"@type": type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute
mutations: { response_mutations: [{ append: { header: { key: x-routed, value: "1" } } }] }`
    const t = await run(own, [], { routeConfigs: [inner] })
    expect([t.header('x-routed'), ...sides(t)]).toEqual(['1', true, true])
  })
  test('refuses filters and actions that it does not know, with their place', () => {
    const bench = new FilterBench(matchDelegate, {
      config: {
        extension_config: { name: 'a', typed_config: { '@type': 'nobody.Knows' } },
        xds_matcher: { on_no_match: { action: { name: 'b', typed_config: { '@type': 'no.Action' } } } },
      },
    })
    expect(bench.problems).toEqual([
      'there is no HTTP filter for nobody.Knows',
      'there is no action "no.Action" for filters',
    ])
  })
})

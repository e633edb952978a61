import { FilterBench, type RunOptions, type Transcript } from '@nuncio/filter-chain/testing'
import { describe, expect, test } from 'vitest'
import { setFilterState } from './index.ts'

const TYPE = '"@type": type.googleapis.com/envoy.extensions.filters.http.set_filter_state.v3.Config\n'
const value = (key: string, format: string, more = ''): string =>
  `{ object_key: ${key}, factory_key: envoy.string, format_string: { text_format_source: { inline_string: '${format}' }, omit_empty_values: true }${more} }`
const list = (...values: string[]): string => `on_request_headers: [${values.join(', ')}]\n`
const run = (config: string, options: RunOptions = {}): Promise<Transcript> =>
  new FilterBench(setFilterState, { config, platform: { environment: () => undefined } as never, ...options }).run({
    path: '/p',
    headers: [['x-user', 'ann']],
  })
const state = async (config: string, options?: RunOptions): Promise<Record<string, string>> =>
  Object.fromEntries(
    [...((await run(config, options)).info.filterState ?? [])].map(([key, one]) => [key, one.serialize()]),
  )

describe('envoy.filters.http.set_filter_state', () => {
  test('sets texts with what is known of the request, in their order', async () => {
    expect(
      await state(list(value('a', '%REQ(x-user)% at %REQ(:path)%'), value('b', '%FILTER_STATE(a:PLAIN)%!'))),
    ).toEqual({
      a: 'ann at /p',
      b: 'ann at /p!',
    })
  })
  test('leaves out what is empty when that is asked for', async () => {
    expect(await state(list(value('a', 'first'), value('a', '%REQ(x-none)%', ', skip_if_empty: true')))).toEqual({
      a: 'first',
    })
  })
  test('keeps what is read-only', async () => {
    expect(await state(list(value('a', 'first', ', read_only: true'), value('a', 'second')))).toEqual({ a: 'first' })
  })
  test('adds what the virtual host and the route say, the route last', async () => {
    const routeConfigs = [TYPE + list(value('a', 'route')), TYPE + list(value('a', 'host'), value('b', 'host'))]
    expect(await state(list(value('a', 'own'), value('c', 'own')), { routeConfigs })).toEqual({
      a: 'route',
      b: 'host',
      c: 'own',
    })
  })
  test('refuses kinds of objects that nothing reads', () => {
    const config =
      'on_request_headers: [{ object_key: envoy.what, format_string: { text_format_source: { inline_string: a } } }]'
    const b = new FilterBench(setFilterState, { config, platform: {} as never })
    expect(b.problems).toEqual(['nuncio has no filter state object "envoy.what"'])
  })
  test('refuses a format that is none', () => {
    const b = new FilterBench(setFilterState, { config: list(value('a', '%WHAT%')), platform: {} as never })
    expect(b.problems).toEqual(['there is no operator WHAT (at character 1)'])
  })
})

import type { Problem } from '@nuncio/config'
import { compileRouteTable } from '@nuncio/router'
import { expect, test } from 'vitest'
import { compileRouteConfigs } from './build-chain.ts'
import { HttpFilterChain } from './engine/plan.ts'
import type { HttpFilterDefinition } from './filter.ts'
import { FilterBench } from './testing/index.ts'

const config = (name: string): { '@type': string } => ({ '@type': 'own', name }) as { '@type': string }

test('compiles what every level of a route table says for a filter, once, and nothing for others', () => {
  const compiled: unknown[] = []
  const entry = {
    name: 'f',
    create: () => ({}),
    disabled: false,
    compileRoute: (one: unknown) => void compiled.push(one),
  }
  const route = {
    match: { prefix: '/' },
    typed_per_filter_config: {
      f: { '@type': 'envoy.config.route.v3.FilterConfig', config: config('wrapped') },
      other: config('other'),
    },
    route: {
      weighted_clusters: { clusters: [{ name: 'a', weight: 1, typed_per_filter_config: { f: config('entry') } }] },
    },
  }
  const table = compileRouteTable(
    {
      typed_per_filter_config: { f: config('table') },
      virtual_hosts: [{ name: 'v', domains: ['*'], typed_per_filter_config: { f: config('host') }, routes: [route] }],
    },
    { report: () => {} },
  )
  compileRouteConfigs(new HttpFilterChain([entry]), table)
  expect(compiled).toEqual(['table', 'host', 'wrapped', 'entry'].map(config))
})

test('a filter whose configuration for a route has an error refuses the request', async () => {
  const problem: Problem = {
    code: 'rule',
    severity: 'error',
    path: '',
    file: '',
    line: 0,
    column: 0,
    message: 'no',
    hint: '',
  }
  const definition: HttpFilterDefinition<unknown, string> = {
    name: 'guard',
    config: { type: 'own', honours: {} },
    stability: 'stable',
    create: (_, context) => () => ({ onRequestHeaders: (__, stream) => void context.routeConfig(stream) }),
    createRoute: (given, context) => {
      if ((given as { name: string }).name === 'bad') context.report(problem)
      return 'compiled'
    },
  }
  const status = async (name: string) =>
    (await new FilterBench(definition, { routeConfigs: [config(name)] }).run()).status
  expect([await status('good'), await status('bad'), await status('bad')]).toEqual([200, 500, 500])
})

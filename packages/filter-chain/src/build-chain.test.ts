import type { AnyMessage, Problem } from '@nuncio/config'
import { emptyRuntime, LoadShedPoint, SeededRandom, silentLogger, StatsStore, TimerWheel } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { compileRouteTable, type RouteTable } from '@nuncio/router'
import { expect, test } from 'vitest'
import { buildHttpFilterChain } from './build-chain.ts'
import type { AnyHttpFilterDefinition } from './filter.ts'
import type { HttpFilterChain } from './engine/plan.ts'
import { FilterBench } from './testing/index.ts'

const compiled: string[] = []
const limiter: AnyHttpFilterDefinition = {
  name: 'limiter',
  config: { type: 'example.Limiter', honours: {} },
  routeConfig: { type: 'example.LimiterPerRoute', honours: {} },
  stability: 'wip',
  create: () => () => ({}),
  createRoute: (config: { limit?: number }, context) => {
    compiled.push(context.path)
    if (config.limit === undefined)
      context.report({ code: 'missing-field', severity: 'error', path: context.path, file: '', line: 0, column: 0, message: 'a limit is needed', hint: '' }) // prettier-ignore
    return config.limit
  },
}
const end: AnyHttpFilterDefinition = {
  name: 'end',
  config: { type: 'example.End', honours: {} },
  stability: 'wip',
  terminal: true,
  create: () => () => ({}),
}

function chainOf(problems: Problem[]): HttpFilterChain {
  const time = new FakeTime()
  return buildHttpFilterChain(
    [
      { name: 'first', typed_config: { '@type': 'example.Limiter' } },
      { name: 'end', typed_config: { '@type': 'example.End' } },
    ],
    {
      definitions: [limiter, end] as never,
      stats: new StatsStore().scope('http.'),
      time,
      wheel: new TimerWheel(time),
      random: new SeededRandom(1),
      runtime: emptyRuntime,
      logger: silentLogger,
      clusters: { get: () => undefined, fetch: () => Promise.reject(new Error('no clusters')) },
      platform: undefined as never,
      proxy: { localCluster: '', healthCheckFailed: false },
      loadShed: new LoadShedPoint(new SeededRandom(1)),
      sources: undefined,
      path: 'http_filters',
      report: (problem) => void problems.push(problem),
      onDispose: () => {},
    },
  )
}

function tableWith(config: AnyMessage, name = 'first'): RouteTable {
  const routes = [{ match: { prefix: '/' }, route: { cluster: 'c' }, typed_per_filter_config: { [name]: config } }]
  return compileRouteTable({ virtual_hosts: [{ name: 'all', domains: ['*'], routes }] }, { report: () => {} })
}

const PLACE = 'routes.virtual_hosts[0].routes[0].typed_per_filter_config.first'

test('what routes say to filters is compiled before the first request, and its problems are known', () => {
  const problems: Problem[] = []
  compiled.length = 0
  chainOf(problems).compileRoutes(tableWith({ '@type': 'example.LimiterPerRoute' }), 'routes')
  expect(compiled).toEqual([PLACE])
  expect(problems).toMatchObject([{ path: PLACE, message: 'a limit is needed' }])
})

test('the configuration of another filter is refused', () => {
  const problems: Problem[] = []
  chainOf(problems).compileRoutes(tableWith({ '@type': 'example.End' }), 'routes')
  expect(problems).toMatchObject([
    {
      path: PLACE,
      severity: 'error',
      message: 'the filter limiter takes example.LimiterPerRoute here, not example.End',
    },
  ])
})

test('what is said to a filter that the chain lacks is compiled by its type all the same', () => {
  const said = (type: string): string[] => {
    const problems: Problem[] = []
    chainOf(problems).compileRoutes(tableWith({ '@type': type }, 'absent'), 'routes')
    return problems.map(({ message }) => message)
  }
  expect(said('example.LimiterPerRoute')).toEqual(['a limit is needed'])
  expect(said('example.End')).toEqual(['the filter end takes no configuration of a route, not example.End'])
})

test('what no filter at all takes is refused, whether or not the filter is in the chain', () => {
  const problems: Problem[] = []
  chainOf(problems).compileRoutes(tableWith({ '@type': 'example.Nobody' }, 'absent'), 'routes')
  expect(problems).toMatchObject([{ severity: 'error', message: 'example.Nobody configures no HTTP filter' }])
})

test('a filter whose configuration for a route has an error refuses the request, and is not left out', async () => {
  const guard: AnyHttpFilterDefinition = {
    ...limiter,
    create: (_, context) => () => ({ onRequestHeaders: (__, stream) => void context.routeConfig(stream) }),
  }
  const status = async (config: object): Promise<number> => {
    const routeConfigs = [{ '@type': 'example.LimiterPerRoute', ...config }]
    return (await new FilterBench(guard, { routeConfigs }).run()).status
  }
  expect(await Promise.all([status({ limit: 1 }), status({}), status({ '@type': 'example.End' })])).toEqual([
    200, 500, 500,
  ])
})

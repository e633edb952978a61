import type { Cluster } from '@nuncio/cluster'
import type { AnyMessage } from '@nuncio/config'
import { LoadShedPoint, NuncioError, type RandomGenerator, silentLogger, StatsStore } from '@nuncio/core'
import { buildHttpFilterChain, type HttpFilterChain, noPlatform } from '@nuncio/filter-chain'
import { router } from '@nuncio/http-filters'
import type { World } from '../cluster/world.ts'

/** The filter chain of all requests: the router filter alone, over the simulated cluster. */
export function createChain(world: World, cluster: Cluster, random: RandomGenerator): HttpFilterChain {
  const { time, wheel, runtime, report, info } = world
  const typed: AnyMessage = { '@type': router.config.type }
  return buildHttpFilterChain([{ name: router.name, typed_config: typed }], {
    definitions: [router],
    stats: new StatsStore().scope('http.simulated.'),
    time,
    wheel,
    random,
    runtime,
    logger: silentLogger,
    clusters: { get: (name) => (name === info.name ? cluster : undefined), fetch: () => Promise.reject(noSideCalls()) },
    platform: noPlatform(
      'ERR_NUNCIO_SIMULATION',
      'a simulation has no platform',
      'only the router filter is simulated',
    ),
    loadShed: new LoadShedPoint(random),
    proxy: { localCluster: 'simulated', healthCheckFailed: false },
    sources: undefined,
    path: '',
    report,
    onDispose: () => {},
  })
}

function noSideCalls(): NuncioError {
  return new NuncioError('ERR_NUNCIO_SIMULATION', 'a simulation makes no side calls')
}

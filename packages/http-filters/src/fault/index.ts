import { envoyMessage, type Message } from '@nuncio/config'
import type { HttpFilterDefinition } from '@nuncio/filter-chain'
import { configPlace } from '@nuncio/matching'
import { FaultFilter, type FaultShared } from './fault-filter.ts'
import { faultHonours } from './honours.ts'
import { compileFault, type FaultSettings } from './settings.ts'
import { FaultStats } from './stats.ts'

type Config = Message<'envoy.extensions.filters.http.fault.v3.HTTPFault'>

/** `envoy.filters.http.fault`: delays, aborts and slow responses on purpose, for a share of the requests. */
export const fault: HttpFilterDefinition<Config, FaultSettings> = {
  name: 'envoy.filters.http.fault',
  config: envoyMessage('envoy.extensions.filters.http.fault.v3.HTTPFault', faultHonours),
  routeConfig: envoyMessage('envoy.extensions.filters.http.fault.v3.HTTPFault', faultHonours),
  stability: 'stable',
  create: (config, context) => {
    const shared: FaultShared = {
      settings: compileFault(config, configPlace(config, context)),
      context,
      stats: new FaultStats(context.stats),
    }
    return () => new FaultFilter(shared)
  },
  createRoute: (config, context) => compileFault(config as Config, configPlace(config as object, context)),
}

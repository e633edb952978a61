import type { AdminContext, AdminEndpoint } from '../endpoint.ts'
import { actionEndpoints } from './actions.ts'
import { balancerEndpoints } from './balancers.ts'
import { clustersEndpoint } from './clusters.ts'
import { configDumpEndpoint } from './config-dump.ts'
import { fatesEndpoint } from './fates.ts'
import { helpEndpoint, homeEndpoint } from './home.ts'
import { listenersEndpoint } from './listeners.ts'
import { loggingEndpoint } from './logging.ts'
import { reloadEndpoint } from './reload.ts'
import { runtimeEndpoint, runtimeModifyEndpoint } from './runtime.ts'
import {
  certsEndpoint,
  contentionEndpoint,
  hotRestartVersionEndpoint,
  initDumpEndpoint,
  memoryEndpoint,
  readyEndpoint,
  serverInfoEndpoint,
} from './server.ts'
import { prometheusEndpoint, statsEndpoint } from './stats.ts'

/** The endpoints that every admin address has. */
export function builtinEndpoints(context: AdminContext): AdminEndpoint[] {
  return [
    homeEndpoint(context),
    helpEndpoint(context),
    readyEndpoint(context),
    serverInfoEndpoint(context),
    hotRestartVersionEndpoint(context),
    memoryEndpoint(context),
    certsEndpoint(context),
    initDumpEndpoint(context),
    contentionEndpoint(),
    listenersEndpoint(context),
    clustersEndpoint(context),
    configDumpEndpoint(context),
    fatesEndpoint(context),
    ...balancerEndpoints(context.view.balancers),
    statsEndpoint(context),
    prometheusEndpoint(context),
    runtimeEndpoint(context),
    runtimeModifyEndpoint(context),
    loggingEndpoint(context),
    reloadEndpoint(context),
    ...actionEndpoints(context),
  ]
}

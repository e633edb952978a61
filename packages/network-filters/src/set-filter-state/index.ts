import { formatContext } from '@nuncio/access-log'
import { envoyMessage, type Message } from '@nuncio/config'
import { StreamInfo } from '@nuncio/core'
import { compileStateValues, type StateValues } from '@nuncio/filter-chain'
import type { NetworkConnection, NetworkFilter, NetworkFilterContext, NetworkFilterDefinition } from '@nuncio/listener'
import { configPlace } from '@nuncio/matching'
import { hostname } from 'node:os'
import type { HttpServices } from '../http-services/http-services.ts'
import { setFilterStateHonours } from './honours.ts'

type Config = Message<'envoy.extensions.filters.network.set_filter_state.v3.Config'>
type Context = NetworkFilterContext<HttpServices>

function create(config: Config, context: Context): NetworkFilter {
  const { path, sources, time, random, services } = context
  const place = configPlace(config, { report: (problem) => context.report(problem), sources, path })
  const { platform } = services
  const compile = (field: keyof Config): StateValues =>
    compileStateValues(config[field], field, place, {
      readFile: platform.readFile,
      environment: { hostname: hostname(), environment: platform.environment, time, random },
    })
  const always = compile('on_new_connection')
  const secured = compile('on_downstream_tls_handshake')
  return {
    onNewConnection: (connection) => {
      set(always, connection, time.wallMs())
      if (connection.info.tls !== undefined) set(secured, connection, time.wallMs())
    },
  }
}

function set(values: StateValues, { info }: NetworkConnection, wallMs: number): void {
  values.apply(info, formatContext(new StreamInfo(info, info.startMs, wallMs)))
}

/** `envoy.filters.network.set_filter_state`: gives a connection named texts that later filters and logs read. */
export const setFilterState: NetworkFilterDefinition<Config, HttpServices> = {
  name: 'envoy.filters.network.set_filter_state',
  config: envoyMessage('envoy.extensions.filters.network.set_filter_state.v3.Config', setFilterStateHonours),
  stability: 'stable',
  terminal: false,
  create,
}

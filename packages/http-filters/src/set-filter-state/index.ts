import { envoyMessage, type Message } from '@nuncio/config'
import type { RequestHeaders } from '@nuncio/core'
import { compileStateValues, type FilterContext, type FilterStream, type HttpFilter, type HttpFilterDefinition, type StateValues } from '@nuncio/filter-chain' // prettier-ignore
import { configPlace } from '@nuncio/matching'
import { formatOptions, formattingOf } from '../header-lists/header-list.ts'
import { setFilterStateHonours } from './honours.ts'

const TYPE = 'envoy.extensions.filters.http.set_filter_state.v3.Config'
type Config = Message<typeof TYPE>

/** One Config message, compiled. */
interface StateSettings {
  readonly values: StateValues
  readonly clearsRoute: boolean
}
type Context = FilterContext<StateSettings>

function compileSettings(config: Config, context: Context): StateSettings {
  const values = compileStateValues(config.on_request_headers, 'on_request_headers', configPlace(config, context), {
    readFile: context.platform.readFile,
    environment: formatOptions(context).formatEnvironment ?? {},
  })
  return { values, clearsRoute: config.clear_route_cache === true }
}

/** Keeps no state of a stream: one object serves all. */
class SetFilterStateFilter implements HttpFilter {
  readonly #own: StateSettings
  readonly #context: Context

  constructor(own: StateSettings, context: Context) {
    this.#own = own
    this.#context = context
  }

  onRequestHeaders(_headers: RequestHeaders, stream: FilterStream): void {
    const levels = this.#context.routeConfigs(stream)
    apply(this.#own, stream)
    // The virtual host before the route: what is nearer to the request may replace the rest.
    for (let i = levels.length - 1; i >= 0; i--) apply(levels[i]!, stream)
  }
}

function apply({ values, clearsRoute }: StateSettings, stream: FilterStream): void {
  values.apply(stream.info, formattingOf(stream))
  if (clearsRoute) stream.clearRouteCache()
}

/** `envoy.filters.http.set_filter_state`: gives a stream named texts that later filters, hash policies and logs read. */
export const setFilterState: HttpFilterDefinition<Config, StateSettings> = {
  name: 'envoy.filters.http.set_filter_state',
  config: envoyMessage(TYPE, setFilterStateHonours),
  routeConfig: envoyMessage(TYPE, setFilterStateHonours),
  stability: 'alpha',
  create: (config, context) => {
    const filter = new SetFilterStateFilter(compileSettings(config, context), context)
    return () => filter
  },
  createRoute: (config, context) => compileSettings(config as Config, context),
}

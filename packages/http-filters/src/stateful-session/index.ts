import { envoyMessage, type Message } from '@nuncio/config'
import type { RequestHeaders, ResponseHeaders } from '@nuncio/core'
import type { FilterContext, FilterStream, HttpFilter, HttpFilterDefinition } from '@nuncio/filter-chain'
import { configPlace } from '@nuncio/matching'
import { statefulSessionHonours } from './honours.ts'
import type { SessionState } from './session-state.ts'
import { compileSession, NO_SESSIONS, type SessionSettings } from './settings.ts'

const TYPE = 'envoy.extensions.filters.http.stateful_session.v3.StatefulSession'
type PerRoute = Message<'envoy.extensions.filters.http.stateful_session.v3.StatefulSessionPerRoute'>
type Context = FilterContext<SessionSettings>

class StatefulSessionFilter implements HttpFilter {
  readonly #own: SessionSettings
  readonly #context: Context
  #settings: SessionSettings
  /** Of this request; undefined when it has no session. */
  #state: SessionState | undefined = undefined
  #brought = ''

  constructor(own: SessionSettings, context: Context) {
    this.#own = this.#settings = own
    this.#context = context
  }

  onRequestHeaders(headers: RequestHeaders, stream: FilterStream): void {
    const settings = (this.#settings = this.#context.routeConfig(stream) ?? this.#own)
    if (settings.state === undefined) return
    if (!settings.state.concerns(headers)) {
      settings.stats?.noSession.inc()
      return
    }
    this.#state = settings.state
    this.#brought = settings.state.read(headers, this.#context.time.wallMs())
    if (this.#brought !== '') stream.overrideUpstreamHost(this.#brought, settings.strict)
  }

  onResponseHeaders(headers: ResponseHeaders, { info }: FilterStream): void {
    if (this.#state === undefined) return
    const { stats, strict } = this.#settings
    const address = info.upstreamHost?.address
    if (address === undefined) {
      if (strict !== undefined && this.#brought !== '') stats?.failedClosed.inc()
      return
    }
    this.#state.write(headers, address, this.#brought, this.#context.time.wallMs())
    if (address === this.#brought) stats?.routed.inc()
    else if (strict === undefined) stats?.failedOpen.inc()
  }
}

/** `envoy.filters.http.stateful_session`: sends a client to the host that answered it before. */
export const statefulSession: HttpFilterDefinition<Message<typeof TYPE>, SessionSettings> = {
  name: 'envoy.filters.http.stateful_session',
  config: envoyMessage(TYPE, statefulSessionHonours),
  routeConfig: envoyMessage(
    'envoy.extensions.filters.http.stateful_session.v3.StatefulSessionPerRoute',
    statefulSessionHonours,
  ),
  stability: 'stable',
  create: (config, context) => {
    const own = compileSession(config, configPlace(config, context), context)
    return () => new StatefulSessionFilter(own, context)
  },
  createRoute: (config, context) => {
    const { stateful_session: session } = config as PerRoute
    if (session === undefined) return NO_SESSIONS
    return compileSession(session, configPlace(config as object, context).at('stateful_session', session), context)
  },
}

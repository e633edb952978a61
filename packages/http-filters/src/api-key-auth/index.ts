import { envoyMessage, type Message } from '@nuncio/config'
import type { Counter, RequestHeaders } from '@nuncio/core'
import {
  type FilterContext,
  type FilterStream,
  type HttpFilter,
  type HttpFilterDefinition,
  localReply,
  type Verdict,
} from '@nuncio/filter-chain'
import { configPlace, wireText } from '@nuncio/matching'
import { apiKeyAuthHonours } from './honours.ts'
import type { KeySource } from './key-source.ts'
import { type ApiKeySettings, compileSettings } from './settings.ts'

type Config = Message<'envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuth'>

interface Shared {
  readonly own: ApiKeySettings
  readonly context: FilterContext<ApiKeySettings>
  readonly allowed: Counter
  readonly unauthorized: Counter
  readonly forbidden: Counter
}

const NO_SOURCES: readonly KeySource[] = []

/** Keeps no state of a stream: one object serves all. */
class ApiKeyAuthFilter implements HttpFilter {
  readonly #shared: Shared

  constructor(shared: Shared) {
    this.#shared = shared
  }

  onRequestHeaders(headers: RequestHeaders, stream: FilterStream): Verdict {
    const { own, context, allowed, forbidden } = this.#shared
    const settings = context.routeConfig(stream) ?? own
    // Only this filter says who somebody is, also where a route does not pass the name on.
    if (own.forward !== '') headers.remove(own.forward)
    if (settings.forward !== '') headers.remove(settings.forward)
    const sources = settings.sources ?? own.sources ?? NO_SOURCES
    const key = find(sources, headers)
    if (key === undefined || key === '') return this.#refuse('missing_api_key')
    const client = (settings.clients ?? own.clients)?.get(key)
    if (client === undefined) return this.#refuse('unknown_api_key')
    if (settings.allowed.size > 0 && !settings.allowed.has(client)) {
      forbidden.inc()
      return localReply(403, 'client_not_allowed', { body: 'Client is forbidden.' })
    }
    if (settings.hides) for (let i = 0; i < sources.length; i++) sources[i]!.hide(headers)
    if (settings.forward !== '') headers.set(settings.forward, wireText(client))
    allowed.inc()
  }

  #refuse(details: string): Verdict {
    this.#shared.unauthorized.inc()
    return localReply(401, details, { body: 'Client authentication failed.' })
  }
}

/** The key in the first place that has one. */
function find(sources: readonly KeySource[], headers: RequestHeaders): string | undefined {
  for (let i = 0; i < sources.length; i++) {
    const key = sources[i]!.find(headers)
    if (key !== undefined && key !== '') return key
  }
  return undefined
}

/** `envoy.filters.http.api_key_auth`: lets through those who bring a key from a list. */
export const apiKeyAuth: HttpFilterDefinition<Config, ApiKeySettings> = {
  name: 'envoy.filters.http.api_key_auth',
  config: envoyMessage('envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuth', apiKeyAuthHonours),
  routeConfig: envoyMessage('envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuthPerRoute', apiKeyAuthHonours),
  stability: 'alpha',
  create: (config, context) => {
    const filter = new ApiKeyAuthFilter({
      own: compileSettings(config, configPlace(config, context)),
      context,
      allowed: context.stats.counter('api_key_auth.allowed'),
      unauthorized: context.stats.counter('api_key_auth.unauthorized'),
      forbidden: context.stats.counter('api_key_auth.forbidden'),
    })
    return () => filter
  },
  createRoute: (config, context) => compileSettings(config as Config, configPlace(config as object, context)),
}

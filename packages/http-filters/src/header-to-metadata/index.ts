import { envoyMessage, type Message } from '@nuncio/config'
import type { RequestHeaders, ResponseHeaders } from '@nuncio/core'
import type { FilterStream, HttpFilter, HttpFilterDefinition } from '@nuncio/filter-chain'
import { configPlace } from '@nuncio/matching'
import { headerToMetadataHonours } from './honours.ts'
import { applyRules, compileRules, type MetadataRules } from './rules.ts'

type Config = Message<'envoy.extensions.filters.http.header_to_metadata.v3.Config'>

/** Keeps no state of a stream: one object serves all. */
class HeaderToMetadataFilter implements HttpFilter {
  readonly #rules: (stream: FilterStream) => MetadataRules

  constructor(rules: (stream: FilterStream) => MetadataRules) {
    this.#rules = rules
  }
  onRequestHeaders(headers: RequestHeaders, stream: FilterStream): void {
    const { request, stats } = this.#rules(stream)
    applyRules(request, headers, stream.info, stats?.request)
  }
  onResponseHeaders(headers: ResponseHeaders, stream: FilterStream): void {
    const { response, stats } = this.#rules(stream)
    applyRules(response, headers, stream.info, stats?.response)
  }
}

/** `envoy.filters.http.header_to_metadata`: copies headers and cookies into dynamic metadata. */
export const headerToMetadata: HttpFilterDefinition<Config, MetadataRules> = {
  name: 'envoy.filters.http.header_to_metadata',
  config: envoyMessage('envoy.extensions.filters.http.header_to_metadata.v3.Config', headerToMetadataHonours),
  routeConfig: envoyMessage('envoy.extensions.filters.http.header_to_metadata.v3.Config', headerToMetadataHonours),
  stability: 'stable',
  create: (config, context) => {
    const own = compileRules(config, configPlace(config, context), context.stats.store)
    const filter = new HeaderToMetadataFilter((stream) => context.routeConfig(stream) ?? own)
    return () => filter
  },
  createRoute: (config, context) =>
    compileRules(config as Config, configPlace(config as object, context), context.stats.store),
}

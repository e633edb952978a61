import { envoyMessage, type Message } from '@nuncio/config'
import type { HeaderMap, RequestHeaders, ResponseHeaders } from '@nuncio/core'
import type { FilterContext, FilterStream, HttpFilter, HttpFilterDefinition } from '@nuncio/filter-chain'
import { configPlace } from '@nuncio/matching'
import { formatOptions, formattingOf } from '../header-lists/header-list.ts'
import { headerMutationHonours } from './honours.ts'
import { applySteps } from '@nuncio/router'
import { compileMutations, mutateRequest, type Mutations } from './mutations.ts'

type Config = Message<'envoy.extensions.filters.http.header_mutation.v3.HeaderMutation'>
type PerRoute = Message<'envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute'>

/** Keeps no state of a stream: one object serves all. */
class HeaderMutationFilter implements HttpFilter {
  /** The filter's own mutations, then those of the route's levels, in the order in which they apply. */
  readonly #of: (stream: FilterStream) => readonly Mutations[]

  constructor(of: (stream: FilterStream) => readonly Mutations[]) {
    this.#of = of
  }

  onRequestHeaders(headers: RequestHeaders, stream: FilterStream): void {
    const levels = this.#of(stream)
    const context = formattingOf(stream)
    for (let i = 0; i < levels.length; i++) mutateRequest(levels[i]!, headers, context)
  }
  onRequestTrailers(trailers: HeaderMap, stream: FilterStream): void {
    const levels = this.#of(stream)
    for (let i = 0; i < levels.length; i++) applySteps(levels[i]!.requestTrailers, trailers, formattingOf(stream))
  }
  onResponseHeaders(headers: ResponseHeaders, stream: FilterStream): void {
    const levels = this.#of(stream)
    const context = formattingOf(stream)
    for (let i = 0; i < levels.length; i++) applySteps(levels[i]!.response, headers, context)
  }
  onResponseTrailers(trailers: HeaderMap, stream: FilterStream): void {
    const levels = this.#of(stream)
    for (let i = 0; i < levels.length; i++) applySteps(levels[i]!.responseTrailers, trailers, formattingOf(stream))
  }
}

function createHeaderMutation(config: Config, context: FilterContext<Mutations>): () => HttpFilter {
  const place = configPlace(config, context)
  const own = compileMutations(config.mutations, place.at('mutations', config.mutations), formatOptions(context))
  const alone: readonly Mutations[] = [own]
  const byRoute = new WeakMap<object, readonly Mutations[]>()
  const filter = new HeaderMutationFilter((stream) => {
    const route = stream.route()
    if (route === undefined) return alone
    let levels = byRoute.get(route)
    if (levels === undefined) {
      const routes = context.routeConfigs(stream)
      // Who comes last has the last word.
      levels = [own, ...(config.most_specific_header_mutations_wins === true ? routes.toReversed() : routes)]
      byRoute.set(route, levels)
    }
    return levels
  })
  return () => filter
}

/** `envoy.filters.http.header_mutation`: adds, sets and removes headers, trailers and query parameters. */
export const headerMutation: HttpFilterDefinition<Config, Mutations> = {
  name: 'envoy.filters.http.header_mutation',
  config: envoyMessage('envoy.extensions.filters.http.header_mutation.v3.HeaderMutation', headerMutationHonours),
  routeConfig: envoyMessage(
    'envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute',
    headerMutationHonours,
  ),
  stability: 'stable',
  upstream: 'also',
  create: createHeaderMutation,
  createRoute: (config, context) => {
    const { mutations } = config as PerRoute
    return compileMutations(
      mutations,
      configPlace(config as object, context).at('mutations', mutations),
      formatOptions(context),
    )
  },
}

import { envoyMessage, type Message } from '@nuncio/config'
import type { FilterContext, HttpFilter, HttpFilterDefinition } from '@nuncio/filter-chain'
import { configPlace } from '@nuncio/matching'
import { matchDelegateHonours } from './honours.ts'
import { MatchDelegate, type MatchSettings } from './match-delegate.ts'
import { compileStreamMatcher, type StreamMatcher } from './stream-matcher.ts'

const TYPE = 'envoy.extensions.common.matching.v3.ExtensionWithMatcher'
const ROUTE_TYPE = 'envoy.extensions.common.matching.v3.ExtensionWithMatcherPerRoute'
type Config = Message<typeof TYPE>
type Context = FilterContext<StreamMatcher | undefined>

/** Stands for a filter with an error, which keeps the configuration out. */
const NOTHING: HttpFilter = {}

function createMatchDelegate(config: Config, context: Context): () => HttpFilter {
  const { xds_matcher: xds, matcher: older, extension_config: extension } = config
  const create = context.resolve(extension?.typed_config, `${context.path}.extension_config.typed_config`)
  const field = xds === undefined ? 'matcher' : 'xds_matcher'
  const tree = xds ?? older
  const place = configPlace(config, context)
  const settings: MatchSettings = {
    matcher: tree === undefined ? undefined : compileStreamMatcher(tree, place.at(field, tree), context),
    context,
  }
  return () => new MatchDelegate(settings, create?.() ?? NOTHING)
}

function createRoute(config: Message<typeof ROUTE_TYPE>, context: Context): StreamMatcher | undefined {
  const { xds_matcher: tree } = config
  return tree === undefined
    ? undefined
    : compileStreamMatcher(tree, configPlace(config, context).at('xds_matcher', tree), context)
}

/** `envoy.filters.http.match_delegate`: a filter that runs where a matcher does not skip it, or does what a matcher says. */
export const matchDelegate: HttpFilterDefinition<Config, StreamMatcher | undefined> = {
  name: 'envoy.filters.http.match_delegate',
  config: envoyMessage(TYPE, matchDelegateHonours),
  routeConfig: envoyMessage(ROUTE_TYPE, matchDelegateHonours),
  stability: 'alpha',
  upstream: 'also',
  create: createMatchDelegate,
  createRoute: (config, context) => createRoute(config as Message<typeof ROUTE_TYPE>, context),
}

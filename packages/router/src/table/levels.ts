import type { AnyMessage, Message } from '@nuncio/config'
import type { ConfigPlace } from '@nuncio/matching'
import type { Inherited } from '../action/route-entry.ts'
import { compileHeaderMutations, type HeaderMutations } from '../headers/mutations.ts'
import type { RouteTableOptions } from '../options.ts'
import { inheritFilterConfigs, NO_FILTER_CONFIGS } from '../per-filter-config/per-filter-config.ts'

type Additions = readonly Message<'envoy.config.core.v3.HeaderValueOption'>[]

/** What configurations, virtual hosts, routes and weighted entries all have. */
interface LevelConfig {
  readonly request_headers_to_add?: Additions
  readonly request_headers_to_remove?: readonly string[]
  readonly response_headers_to_add?: Additions
  readonly response_headers_to_remove?: readonly string[]
  readonly typed_per_filter_config?: Readonly<Record<string, AnyMessage>>
}

const NONE: readonly HeaderMutations[] = []

/** What applies where no level says anything. */
export const NOTHING_INHERITED: Inherited = {
  filterConfigs: NO_FILTER_CONFIGS,
  requestMutations: NONE,
  responseMutations: NONE,
}

/**
 * Adds a level to those around it. By default the wider level applies later and so wins; with
 * `most_specific_header_mutations_wins` it applies first. Gives `outer` itself when the level says nothing.
 */
export function inheritLevel(
  config: LevelConfig,
  outer: Inherited,
  specificWins: boolean,
  place: ConfigPlace,
  options: RouteTableOptions,
): Inherited {
  const { request, response } = ownMutations(config, place, options)
  const filterConfigs = inheritFilterConfigs(config.typed_per_filter_config, outer.filterConfigs)
  if (request === undefined && response === undefined && filterConfigs === outer.filterConfigs) return outer
  return {
    filterConfigs,
    requestMutations: ordered(request, outer.requestMutations, specificWins),
    responseMutations: ordered(response, outer.responseMutations, specificWins),
  }
}

/** As `inheritLevel` for an entry of weighted clusters: its mutations come before all others, whatever wins. */
export function inheritWeighted(
  config: LevelConfig,
  route: Inherited,
  place: ConfigPlace,
  options: RouteTableOptions,
): { inherited: Inherited; request: HeaderMutations | undefined } {
  const { request, response } = ownMutations(config, place, options)
  const filterConfigs = inheritFilterConfigs(config.typed_per_filter_config, route.filterConfigs)
  if (response === undefined && filterConfigs === route.filterConfigs) return { inherited: route, request }
  const responseMutations = ordered(response, route.responseMutations, false)
  return { inherited: { filterConfigs, requestMutations: route.requestMutations, responseMutations }, request }
}

interface OwnMutations {
  readonly request: HeaderMutations | undefined
  readonly response: HeaderMutations | undefined
}

function ownMutations(config: LevelConfig, place: ConfigPlace, options: RouteTableOptions): OwnMutations {
  const { request_headers_to_remove: request, response_headers_to_remove: response } = config
  return {
    request: compileHeaderMutations('request', request, config.request_headers_to_add, place, options),
    response: compileHeaderMutations('response', response, config.response_headers_to_add, place, options),
  }
}

function ordered(
  own: HeaderMutations | undefined,
  outer: readonly HeaderMutations[],
  last: boolean,
): readonly HeaderMutations[] {
  if (own === undefined) return outer
  return last ? [...outer, own] : [own, ...outer]
}

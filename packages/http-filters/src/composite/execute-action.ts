import type { Message } from '@nuncio/config'
import type { FilterContext, HttpFilter } from '@nuncio/filter-chain'
import { compileRuntimeFraction, type ConfigPlace, type RuntimeFraction } from '@nuncio/matching'
import { compileFilter, compileFilters } from './filter-list.ts'

type Config = Message<'envoy.extensions.filters.http.composite.v3.ExecuteFilterAction'>

/** What a matcher tells a composite filter to run. */
export class ExecuteFilterAction {
  /** The filter's name in the configuration, or that of its chain. */
  readonly name: string
  /** Undefined: it is the chain `name` of the composite filter. */
  readonly create: (() => HttpFilter) | undefined
  readonly #share: RuntimeFraction | undefined

  constructor(name: string, create: (() => HttpFilter) | undefined, share: RuntimeFraction | undefined) {
    this.name = name
    this.create = create
    this.#share = share
  }

  /** Whether it is for a stream with this random number. */
  selects(random: number): boolean {
    return this.#share?.selects(random) ?? true
  }
}

/** Compiles the action at `place`; undefined after reporting what is wrong. */
export function compileExecuteAction(
  config: Config,
  place: ConfigPlace,
  context: FilterContext,
): ExecuteFilterAction | undefined {
  const { typed_config: one, filter_chain: chain, filter_chain_name: named = '', sample_percent: sample } = config
  const share = sample === undefined ? undefined : compileRuntimeFraction(sample, place.at('sample_percent', sample))
  if (one === undefined && chain === undefined) {
    if (named !== '') return new ExecuteFilterAction(named, undefined, share)
    place.error('missing-field', 'an action runs typed_config, filter_chain or filter_chain_name')
    return undefined
  }
  const create =
    chain === undefined
      ? compileFilter(one!, `${place.path}.typed_config`, context)
      : compileFilters(chain, `${place.path}.filter_chain`, context)
  return create === undefined
    ? undefined
    : new ExecuteFilterAction(chain === undefined ? (one?.name ?? '') : 'filter_chain', create, share)
}

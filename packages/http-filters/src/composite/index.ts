import { envoyMessage, type Message } from '@nuncio/config'
import type { Counter } from '@nuncio/core'
import type { FilterContext, FilterStream, HttpFilter, HttpFilterDefinition } from '@nuncio/filter-chain'
import { DelegatingFilter } from './delegate.ts'
import { ExecuteFilterAction } from './execute-action.ts'
import { compileFilters } from './filter-list.ts'
import { compositeHonours } from './honours.ts'
import { noteAction } from './matched-actions.ts'

export { DelegatingFilter } from './delegate.ts'
export { compileExecuteAction } from './execute-action.ts'
export { executeActionHonours } from './honours.ts'

const TYPE = 'envoy.extensions.filters.http.composite.v3.Composite'
type Config = Message<typeof TYPE>

/** What the filters of one configuration share. */
interface Settings {
  readonly name: string
  readonly chains: ReadonlyMap<string, () => HttpFilter>
  readonly delegated: Counter
}

/** Is the filter that the matcher around it names; none until then. */
class CompositeFilter extends DelegatingFilter {
  readonly #settings: Settings

  constructor(settings: Settings) {
    super()
    this.#settings = settings
  }

  onMatch(action: unknown, stream: FilterStream): void {
    if (!(action instanceof ExecuteFilterAction) || !action.selects(stream.random)) return
    const { name, chains, delegated } = this.#settings
    const create = action.create ?? chains.get(action.name)
    if (create === undefined) return
    this.delegate = create()
    delegated.inc()
    noteAction(stream, name, action.name)
  }
}

function createComposite(config: Config, context: FilterContext): () => HttpFilter {
  const chains = new Map<string, () => HttpFilter>()
  for (const [name, chain] of Object.entries(config.named_filter_chains ?? {})) {
    const create = compileFilters(chain, `${context.path}.named_filter_chains.${name}`, context)
    if (create !== undefined) chains.set(name, create)
  }
  const stats = context.stats.scope('composite.')
  // Filters are made when the configuration loads: none can fail for a stream.
  stats.counter('filter_delegation_error')
  const settings: Settings = { name: context.name, chains, delegated: stats.counter('filter_delegation_success') }
  return () => new CompositeFilter(settings)
}

/** `envoy.filters.http.composite`: runs the filter, or the filters, that a matcher chooses for each stream. */
export const composite: HttpFilterDefinition<Config> = {
  name: 'envoy.filters.http.composite',
  config: envoyMessage(TYPE, compositeHonours),
  stability: 'alpha',
  upstream: 'also',
  create: createComposite,
}

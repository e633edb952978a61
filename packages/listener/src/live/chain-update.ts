import type { AnyMessage } from '@nuncio/config'
import type { PreparedUpdate } from '../contracts.ts'
import type { FilterChainInfo } from '../decide/listener-info.ts'
import { sameConfig } from '../same-config.ts'
import { type ActiveFilterChain, attempt, type FilterChainSite, networkFilterContext } from './filter-chain.ts'

/** Another configuration for a filter chain that keeps its connections. */
export interface ChainUpdate<S> extends PreparedUpdate {
  readonly chain: ActiveFilterChain<S>
}

/**
 * Prepares a living filter chain for a configuration that differs in its last filter only, when that filter can take it
 * over; else undefined.
 */
export function prepareChainUpdate<S>(
  chain: ActiveFilterChain<S>,
  info: FilterChainInfo<S>,
  site: FilterChainSite<S>,
): ChainUpdate<S> | undefined {
  const [last, before] = [info.filters.at(-1), chain.info.filters.at(-1)]
  const { terminal } = chain
  if (last === undefined || terminal === undefined || before?.definition !== last.definition) return undefined
  const { definition, config, name, path } = last
  if (!definition.terminal || definition.update === undefined) return undefined
  if (!sameConfig(withoutLast(chain.info), withoutLast(info))) return undefined
  // What the filter registers for its end is the filter's own affair: it lives longer than one configuration.
  const context = networkFilterContext({ name, path, chainName: info.name, onDispose: () => {} }, site)
  const update = attempt(() => definition.update!(terminal, config, context), path, site.report)
  if (update === undefined) return undefined
  return {
    chain,
    commit: () => {
      update.commit()
      chain.info = info
    },
    discard: () => update.discard(),
  }
}

/** Everything of a filter chain but the configuration of its last filter. */
function withoutLast({ config }: FilterChainInfo): object {
  const filters = config.filters ?? []
  const last = filters.at(-1)
  return { ...config, filters: [...filters.slice(0, -1), last && { ...last, typed_config: typeOf(last.typed_config) }] }
}

function typeOf(config: AnyMessage | undefined): string | undefined {
  return config?.['@type']
}

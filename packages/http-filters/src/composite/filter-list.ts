import type { Message } from '@nuncio/config'
import type { FilterContext, HttpFilter } from '@nuncio/filter-chain'
import { configPlace } from '@nuncio/matching'
import { FilterSequence } from './filter-sequence.ts'

type Extension = Message<'envoy.config.core.v3.TypedExtensionConfig'>
type Chain = Message<'envoy.extensions.filters.http.composite.v3.FilterChainConfiguration'>

/** Makes what stands for a filter that a matcher chose; undefined after reporting what is wrong. */
export function compileFilter(
  extension: Extension,
  path: string,
  context: FilterContext,
): (() => HttpFilter) | undefined {
  return context.resolve(extension.typed_config, `${path}.typed_config`)
}

/** Makes several filters that run one after the other; one alone stays itself. */
export function compileFilters(chain: Chain, path: string, context: FilterContext): (() => HttpFilter) | undefined {
  const extensions = chain.typed_config ?? []
  if (extensions.length === 0) {
    configPlace(chain, { ...context, path }).error('missing-field', 'a chain of filters needs at least one')
    return undefined
  }
  const factories = extensions.flatMap((one, i) => compileFilter(one, `${path}.typed_config[${i}]`, context) ?? [])
  if (factories.length === 1) return factories[0]
  return () => new FilterSequence(factories.map((create) => create()))
}

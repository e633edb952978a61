import type { Message } from '@nuncio/config'
import type { ConfigPlace } from '../place/config-place.ts'
import type { MatchTree } from '../tree/match-tree.ts'
import type { Report } from '../place/finding.ts'
import { compileFilterChainMatcher } from './filter-chain-matcher.ts'
import { type ConnectionFacts, type FilterChainEntry, FilterChainTable } from './filter-chain-table.ts'

/** Chooses the filter chain of a connection. */
export interface FilterChainSelector<T> {
  /** Undefined: close the connection. With `steps`, the way there is written down. */
  find(facts: ConnectionFacts, steps?: string[]): T | undefined
}

/** What there is to choose from. */
export interface FilterChainChoices<T> {
  readonly entries: readonly FilterChainEntry<T>[]
  readonly fallback: T | undefined
  /** `filter_chain_matcher`: when there is one, the matches of the chains themselves are not used. */
  readonly matcher: Message<'xds.type.matcher.v3.Matcher'> | undefined
}

/** Compiles the choice of filter chains; what is wrong with it is reported. */
export function compileFilterChains<T>(
  choices: FilterChainChoices<T>,
  place: ConfigPlace,
  report: Report,
): FilterChainSelector<T> {
  const { entries, fallback, matcher } = choices
  if (matcher !== undefined) {
    const named = new Map(entries.map((entry) => [entry.name, entry.chain]))
    return new TreeSelector(
      compileFilterChainMatcher(matcher, place.at('filter_chain_matcher', matcher), named),
      fallback,
    )
  }
  const table = new FilterChainTable(fallback)
  for (const entry of entries) table.add(entry, report)
  return table
}

class TreeSelector<T> implements FilterChainSelector<T> {
  readonly #tree: MatchTree<ConnectionFacts, { readonly chain: T | undefined; readonly name: string }>
  readonly #fallback: T | undefined

  constructor(
    tree: MatchTree<ConnectionFacts, { readonly chain: T | undefined; readonly name: string }>,
    fallback: T | undefined,
  ) {
    this.#tree = tree
    this.#fallback = fallback
  }

  find(facts: ConnectionFacts, steps?: string[]): T | undefined {
    const found = this.#tree.match(facts, undefined, steps && ((text) => steps.push(text)))
    if (found === undefined)
      steps?.push(
        this.#fallback === undefined ? 'no filter chain: the connection is closed' : 'the default filter chain',
      )
    else steps?.push(`filter chain: ${found.name}`)
    return found === undefined ? this.#fallback : found.chain
  }
}

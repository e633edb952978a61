import type { Problem } from '@nuncio/config'
import type { FilterChainInfo, ListenerInfo } from '../decide/listener-info.ts'
import { configPlace } from '@nuncio/matching'
import { compileFilterChains, type FilterChainSelector } from '@nuncio/matching'
import type { ConnectionFacts } from '@nuncio/matching'
import { sameConfig } from '../same-config.ts'
import { type ActiveFilterChain, createFilterChain, type FilterChainSite } from './filter-chain.ts'
import type { ActiveListenerFilter } from './inspection.ts'
import type { ConnectionLog } from './context.ts'
import { type ChainUpdate, prepareChainUpdate } from './chain-update.ts'
import { createListenerFilters } from './listener-filters.ts'

/**
 * What a filter chain that is written the same means now: the same, something else in its last filter (which may take that
 * over under its connections), or something else altogether.
 */
export type Touched = 'nothing' | 'last-filter' | 'chain'

/** What a generation takes the place of. */
interface Before<S> {
  readonly old: Generation<S>
  readonly touched: (chain: FilterChainInfo<S>) => Touched
}

/** All that one configuration of a listener made: filter chains, the table that chooses among them, listener filters. */
export class Generation<S = unknown> {
  readonly info: ListenerInfo<S>
  /** The default chain is among them. */
  readonly chains: readonly ActiveFilterChain<S>[]
  readonly listenerFilters: readonly ActiveListenerFilter[]
  readonly problems: Problem[] = []
  /** Whether it took over the unchanged chains of the generation before it. */
  readonly inPlace: boolean
  readonly accessLog: ConnectionLog | undefined
  readonly #selector: FilterChainSelector<ActiveFilterChain<S>>
  readonly #waiting: Promise<unknown>[] = []
  readonly #updates: ChainUpdate<S>[] = []

  constructor(
    info: ListenerInfo<S>,
    site: Pick<FilterChainSite<S>, 'context' | 'facts' | 'stats'>,
    before?: Before<S>,
  ) {
    this.info = info
    this.inPlace = before !== undefined && onlyFilterChainsDiffer(before.old.info, info)
    const whole = this.#site(site)
    const chains: ActiveFilterChain<S>[] = []
    for (const chain of info.filterChains) chains.push(this.#obtain(chain, before, whole))
    const fallback = info.defaultFilterChain && this.#obtain(info.defaultFilterChain, before, whole)
    const entries = chains.map((chain, i) => {
      const { match, name, path } = info.filterChains[i]!
      return { match, chain, name: name || path, path }
    })
    // What is wrong with the matches was reported when they were decided.
    const place = configPlace(info.config, { report: () => {}, runtime: site.context.runtime })
    this.#selector = compileFilterChains(
      { entries, fallback, matcher: info.config.filter_chain_matcher },
      place,
      () => {},
    )
    this.chains = fallback === undefined ? chains : [...chains, fallback]
    this.listenerFilters = createListenerFilters(info, whole)
    this.accessLog = connectionLog(info, whole)
  }

  /** What the parts get. It lives as long as they do, so nothing of the generation before may be in reach of it. */
  #site(site: Pick<FilterChainSite<S>, 'context' | 'facts' | 'stats'>): FilterChainSite<S> {
    return {
      ...site,
      report: (problem) => this.problems.push(problem),
      waitFor: (ready) => this.#waiting.push(ready),
    }
  }

  #obtain(info: FilterChainInfo<S>, before: Before<S> | undefined, site: FilterChainSite<S>): ActiveFilterChain<S> {
    const reused = this.inPlace ? this.#reuse(info, before!, site) : undefined
    return reused ?? createFilterChain(info, site)
  }

  /** A chain of the generation before that can go on: as it is, or with another configuration of its last filter. */
  #reuse(info: FilterChainInfo<S>, before: Before<S>, site: FilterChainSite<S>): ActiveFilterChain<S> | undefined {
    const free = before.old.chains.filter((chain) => !this.#updates.some((update) => update.chain === chain))
    const touched = before.touched(info)
    if (touched === 'chain') return undefined
    if (touched === 'nothing') {
      const same = free.find((chain) => sameConfig(chain.info.config, info.config))
      if (same !== undefined) return same
    }
    for (const chain of free) {
      const update = prepareChainUpdate(chain, info, site)
      if (update === undefined) continue
      this.#updates.push(update)
      return chain
    }
    return undefined
  }

  /** Chains that go on with another configuration have it from now on. */
  commit(): void {
    for (const update of this.#updates.splice(0)) update.commit()
  }

  select(facts: ConnectionFacts): ActiveFilterChain<S> | undefined {
    return this.#selector.find(facts)
  }

  async ready(): Promise<void> {
    await Promise.all(this.#waiting)
  }

  /** Gives it up: disposes of its chains, but for those that `kept` has too. */
  dispose(kept?: Generation<S>): void {
    this.accessLog?.close()
    for (const update of this.#updates.splice(0)) update.discard()
    for (const chain of this.chains) if (kept?.chains.includes(chain) !== true) chain.remove()
  }
}

function connectionLog<S>(info: ListenerInfo<S>, { context, report }: FilterChainSite<S>): ConnectionLog | undefined {
  const { access_log: config } = info.config
  if (config === undefined || config.length === 0) return undefined
  const { path, sources } = info
  if (context.accessLog !== undefined) return context.accessLog(config, { path, sources, report })
  const place = configPlace(info.config, { report, sources, path }).at('access_log')
  place.error('unsupported', 'there is nothing here that could write an access log')
  return undefined
}

function onlyFilterChainsDiffer<S>(a: ListenerInfo<S>, b: ListenerInfo<S>): boolean {
  const { filter_chains: _a, default_filter_chain: _b, filter_chain_matcher: _c, ...left } = a.config
  const { filter_chains: _d, default_filter_chain: _e, filter_chain_matcher: _f, ...right } = b.config
  return sameConfig(left, right)
}

import {
  deepEqual,
  type Host,
  type HostSet,
  type LoadBalancer,
  type LoadBalancerContext,
  type LoadBalancerExplanation,
  type LoadReport,
  type PrioritySet,
} from '@nuncio/cluster'
import type { LoadBalancerSetup } from '../contracts.ts'
import { comparable, Criteria, FALLBACK_LIST } from './criteria.ts'
import { SelectorTrie, type Selector, type SelectorFallback } from './selectors.ts'
import { SubsetEntry } from './subset-entry.ts'
import { SubsetStats } from './subset-stats.ts'
import { SubsetTrie } from './subset-trie.ts'

type Fields = Readonly<Record<string, unknown>>

export interface SubsetConfig {
  readonly selectors: readonly Selector[]
  readonly fallback: 'NO_FALLBACK' | 'ANY_ENDPOINT' | 'DEFAULT_SUBSET'
  readonly defaultSubset: Fields
  readonly panicModeAny: boolean
  readonly listAsAny: boolean
  readonly allowRedundantKeys: boolean
  readonly fallbackList: boolean
  readonly weights: 'drop' | 'keep' | 'scale'
  /** One such balancer that is not used: it shows what the policy can do. */
  readonly sample: LoadBalancer
  readonly createChild: () => LoadBalancer
}

/**
 * Splits a cluster by the metadata of its hosts and balances within the part that a request asks for. Each subset has
 * priorities, panic and localities of its own.
 */
export class SubsetLoadBalancer implements LoadBalancer {
  readonly #config: SubsetConfig
  readonly #byKeys: SelectorTrie
  /** With `allow_redundant_keys`: the selectors, those with most keys first. */
  readonly #longestFirst: readonly Selector[]
  readonly #subsets = new SubsetTrie()
  readonly #entries = new Set<SubsetEntry>()
  readonly #any: SubsetEntry | undefined
  readonly #default: SubsetEntry | undefined
  readonly #fallback: SubsetEntry | undefined
  readonly #criteria = new Criteria()
  readonly #lists = new WeakMap<Fields, readonly Fields[]>()
  readonly #stats: SubsetStats
  /** Present when the policy within subsets wants reports. */
  readonly onLoadReport?: (host: Host, report: LoadReport) => void
  /** Whether the policy within subsets wants to be told of requests; then `#members` is kept. */
  readonly #learns: boolean
  /** The subsets of each host. */
  readonly #members = new Map<Host, SubsetEntry[]>()
  /** By level: hosts that were left out of single-host subsets. */
  readonly #duplicates: number[] = []
  #levels: readonly HostSet[] = []

  constructor(config: SubsetConfig, setup: LoadBalancerSetup) {
    this.#config = config
    this.#stats = new SubsetStats(setup.stats)
    this.#byKeys = new SelectorTrie(config.selectors)
    this.#longestFirst = config.selectors.toSorted((a, b) => b.keys.length - a.keys.length)
    const needs = (fallback: SelectorFallback): boolean =>
      config.fallback === fallback || config.selectors.some((selector) => selector.fallback === fallback)
    this.#any = needs('ANY_ENDPOINT') || config.panicModeAny ? this.#entry('any endpoint', false) : undefined
    this.#default = needs('DEFAULT_SUBSET') ? this.#entry('default subset', false) : undefined
    const { fallback, sample } = config
    this.#learns = sample.onRequestDone !== undefined || sample.onLoadReport !== undefined
    if (sample.onLoadReport !== undefined) {
      this.onLoadReport = (host, report) => {
        for (const entry of this.#members.get(host) ?? []) entry.balancer.onLoadReport?.(host, report)
      }
    }
    this.#fallback = fallback === 'ANY_ENDPOINT' ? this.#any : fallback === 'DEFAULT_SUBSET' ? this.#default : undefined
  }

  update(priorities: PrioritySet): void {
    const { levels } = priorities
    for (const entry of this.#all()) entry.limit(levels.length)
    this.#duplicates.length = levels.length
    for (const [i, level] of levels.entries()) {
      if (this.#levels[i] !== level) this.#duplicates[i] = this.#regroup(i, level)
    }
    this.#stats.duplicates.set(this.#duplicates.reduce((sum, count) => sum + count, 0))
    this.#levels = levels
    for (const entry of this.#entries) if (!entry.active) this.#remove(entry)
    this.#subsets.prune((entry) => this.#entries.has(entry))
    for (const entry of this.#all()) entry.publish(levels)
    if (this.#learns) this.#indexMembers()
  }

  chooseHost(context: LoadBalancerContext): Host | undefined {
    const fields = context.metadataMatch
    if (!this.#config.fallbackList || fields === undefined || !Array.isArray(fields[FALLBACK_LIST])) {
      return this.#chooseFor(fields, undefined, context)
    }
    for (const merged of this.#listOf(fields)) {
      const host = this.#chooseFor(merged, undefined, context)
      if (host !== undefined) return host
    }
    return undefined
  }

  explain(context: LoadBalancerContext): LoadBalancerExplanation {
    const steps: string[] = []
    const entry = this.#explainEntry(context.metadataMatch, undefined, steps)
    const rest = this.#explainWithin(entry, context, steps)
    const all = this.#levels.flatMap((level) => level.hosts)
    const inside = new Set(rest?.candidates.map((host) => host.host))
    const outside = all.filter((host) => !inside.has(host.address))
    const excluded = outside.map((host) => ({
      host: host.address,
      excluded: 'not in the subset',
      score: undefined,
      terms: undefined,
    }))
    const candidates = [...(rest?.candidates ?? []), ...excluded]
    return { policy: 'subset', steps: [...steps, ...(rest?.steps ?? [])], candidates, chosen: rest?.chosen }
  }

  /** As `#chooseFallback`: where the cluster's fallback has no host, all of them may be the last resort. */
  #explainWithin(
    entry: SubsetEntry | undefined,
    context: LoadBalancerContext,
    steps: string[],
  ): LoadBalancerExplanation | undefined {
    const told = entry?.balancer.explain?.(context)
    const mayPanic = this.#config.panicModeAny && entry !== undefined && entry === this.#fallback
    if (!mayPanic || told?.candidates.some(({ excluded }) => excluded === undefined) !== false) return told
    steps.push('the fallback has no host: all hosts, for panic_mode_any')
    return this.#any!.balancer.explain?.(context)
  }

  onRequestDone(host: Host, latencyMs: number, ok: boolean): void {
    const entries = this.#members.get(host)
    if (entries === undefined) return
    for (let i = 0; i < entries.length; i++) entries[i]!.balancer.onRequestDone?.(host, latencyMs, ok)
  }

  dispose(): void {
    for (const entry of this.#entries) this.#remove(entry)
    this.#any?.balancer.dispose?.()
    this.#default?.balancer.dispose?.()
  }

  *#all(): Generator<SubsetEntry> {
    yield* this.#entries
    if (this.#any !== undefined) yield this.#any
    if (this.#default !== undefined) yield this.#default
  }

  #indexMembers(): void {
    this.#members.clear()
    for (const entry of this.#all()) {
      for (const host of entry.hosts) {
        const known = this.#members.get(host)
        if (known === undefined) this.#members.set(host, [entry])
        else known.push(entry)
      }
    }
  }

  #chooseFor(
    fields: Fields | undefined,
    only: readonly string[] | undefined,
    context: LoadBalancerContext,
  ): Host | undefined {
    this.#criteria.fill(fields, only)
    if (this.#config.allowRedundantKeys) this.#dropRedundant()
    const entry = this.#subsets.find(this.#criteria)
    if (entry !== undefined) {
      this.#stats.selected.inc()
      return entry.balancer.chooseHost(context)
    }
    const selector = this.#byKeys.find(this.#criteria.keys, this.#criteria.count)
    switch (selector?.fallback ?? 'NOT_DEFINED') {
      case 'NO_FALLBACK':
        return undefined
      case 'ANY_ENDPOINT':
        return this.#any!.balancer.chooseHost(context)
      case 'DEFAULT_SUBSET':
        return this.#default!.balancer.chooseHost(context)
      case 'KEYS_SUBSET':
        return this.#chooseFor(fields, selector!.fallbackKeys, context)
      case 'NOT_DEFINED':
        return this.#chooseFallback(context)
    }
  }

  #chooseFallback(context: LoadBalancerContext): Host | undefined {
    if (this.#fallback === undefined) return undefined
    const host = this.#fallback.balancer.chooseHost(context)
    if (host !== undefined) {
      this.#stats.fallback.inc()
      return host
    }
    const last = this.#config.panicModeAny ? this.#any!.balancer.chooseHost(context) : undefined
    if (last !== undefined) this.#stats.fallbackPanic.inc()
    return last
  }

  #explainEntry(
    fields: Fields | undefined,
    only: readonly string[] | undefined,
    steps: string[],
  ): SubsetEntry | undefined {
    this.#criteria.fill(fields, only)
    if (this.#config.allowRedundantKeys) this.#dropRedundant()
    const asked = `criteria ${this.#criteria.toString()}`
    const entry = this.#subsets.find(this.#criteria)
    if (entry !== undefined) {
      steps.push(`${asked}: subset ${entry.label}`)
      return entry
    }
    const selector = this.#byKeys.find(this.#criteria.keys, this.#criteria.count)
    const fallback = selector === undefined || selector.fallback === 'NOT_DEFINED' ? undefined : selector.fallback
    const why = selector === undefined ? 'no selector has these keys' : 'no subset has these values'
    steps.push(
      `${asked}: ${why}; ${fallback === undefined ? `the cluster's fallback ${this.#config.fallback}` : `its fallback ${fallback}`}`,
    )
    if (fallback === 'KEYS_SUBSET') return this.#explainEntry(fields, selector!.fallbackKeys, steps)
    if (fallback === undefined) return this.#fallback
    return fallback === 'ANY_ENDPOINT' ? this.#any : fallback === 'DEFAULT_SUBSET' ? this.#default : undefined
  }

  #dropRedundant(): void {
    for (const selector of this.#longestFirst) {
      if (!selector.keys.every(this.#asked)) continue
      this.#criteria.reduceTo(selector.keys)
      return
    }
  }

  readonly #asked = (key: string): boolean => this.#criteria.has(key)

  /** The criteria of a fallback list, each merged with the other fields; made once for each route's metadata. */
  #listOf(fields: Fields): readonly Fields[] {
    const known = this.#lists.get(fields)
    if (known !== undefined) return known
    const { [FALLBACK_LIST]: list, ...rest } = fields
    const merged = (list as readonly Fields[]).map((item) => ({ ...rest, ...item }))
    const all = merged.length === 0 ? [rest] : merged
    this.#lists.set(fields, all)
    return all
  }

  /** Sorts the hosts of a level into subsets; answers how many hosts were left out of single-host subsets. */
  #regroup(index: number, level: HostSet): number {
    const drafts = new Map<SubsetEntry, Host[][]>()
    let duplicates = 0
    for (const [locality, hosts] of level.hostsByLocality.entries()) {
      for (const host of hosts) {
        for (const entry of this.#entriesOf(host)) {
          let lists = drafts.get(entry)
          if (lists === undefined) drafts.set(entry, (lists = level.hostsByLocality.map(() => [])))
          else if (entry.singleHost) {
            duplicates++
            continue
          }
          lists[locality]!.push(host)
        }
      }
    }
    for (const entry of this.#entries) entry.setLevel(index, level, drafts.get(entry))
    this.#any?.setLevel(index, level, level.hostsByLocality)
    this.#default?.setLevel(
      index,
      level,
      level.hostsByLocality.map((hosts) => hosts.filter((host) => this.#isDefault(host))),
    )
    return duplicates
  }

  #entriesOf(host: Host): SubsetEntry[] {
    const metadata = host.metadata['envoy.lb']
    if (metadata === undefined) return []
    const found = new Set<SubsetEntry>()
    for (const selector of this.#config.selectors) {
      for (const values of this.#valuesOf(metadata, selector.keys)) {
        const place = this.#subsets.place(
          selector.keys,
          values.map((value) => comparable(value)),
        )
        if (place.entry === undefined) {
          const label = selector.keys.map((key, i) => `${key}=${JSON.stringify(values[i])}`).join(', ')
          place.entry = this.#entry(label, selector.singleHost)
          this.#entries.add(place.entry)
          this.#stats.created.inc()
          this.#stats.active.inc()
        }
        found.add(place.entry)
      }
    }
    return [...found]
  }

  /** The values of these keys, in every combination that a host's lists allow; none when a key is missing. */
  #valuesOf(metadata: Fields, keys: readonly string[]): readonly (readonly unknown[])[] {
    let out: (readonly unknown[])[] = [[]]
    for (const key of keys) {
      if (!Object.hasOwn(metadata, key)) return []
      const value = metadata[key]
      const choices: readonly unknown[] = this.#config.listAsAny && Array.isArray(value) ? value : [value]
      out = out.flatMap((values) => choices.map((choice) => [...values, choice]))
    }
    return out
  }

  #isDefault(host: Host): boolean {
    const metadata = host.metadata['envoy.lb']
    return Object.entries(this.#config.defaultSubset).every(([key, wanted]) => {
      const value = metadata?.[key]
      if (this.#config.listAsAny && Array.isArray(value)) return value.some((item) => deepEqual(item, wanted))
      return deepEqual(value, wanted)
    })
  }

  #entry(label: string, singleHost: boolean): SubsetEntry {
    return new SubsetEntry(label, this.#config.createChild(), { weights: this.#config.weights, singleHost })
  }

  #remove(entry: SubsetEntry): void {
    this.#entries.delete(entry)
    entry.balancer.dispose?.()
    this.#stats.removed.inc()
    this.#stats.active.dec()
  }
}

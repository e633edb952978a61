import type { Message } from '@nuncio/config'
import { reportAt, type Reporting } from '@nuncio/cluster'

type SelectorConfig = Message<'envoy.extensions.load_balancing_policies.subset.v3.Subset.LbSubsetSelector'>

/** What happens when a request has a selector's keys but no subset has its values. */
export type SelectorFallback = 'NOT_DEFINED' | 'NO_FALLBACK' | 'ANY_ENDPOINT' | 'DEFAULT_SUBSET' | 'KEYS_SUBSET'

export interface Selector {
  /** In order of their names. */
  readonly keys: readonly string[]
  readonly fallback: SelectorFallback
  /** For `KEYS_SUBSET`: the keys to try again with. */
  readonly fallbackKeys: readonly string[]
  readonly singleHost: boolean
}

/** Reads the selectors; those that make no sense are reported and left out. */
export function readSelectors(configs: readonly SelectorConfig[], to: Reporting): Selector[] {
  return configs.flatMap((config, i) => {
    const keys = [...new Set(config.keys)].toSorted()
    const wrong = mistake(config, keys)
    if (wrong !== undefined) {
      reportAt(to, config, `subset_selectors[${i}].${wrong.field}`, { code: 'bad-value', message: wrong.message })
      return []
    }
    return [
      {
        keys,
        fallback: config.fallback_policy ?? 'NOT_DEFINED',
        fallbackKeys: config.fallback_keys_subset ?? [],
        singleHost: config.single_host_per_subset ?? false,
      },
    ]
  })
}

function mistake(config: SelectorConfig, keys: readonly string[]): { field: string; message: string } | undefined {
  if (keys.length === 0) return { field: 'keys', message: 'a selector needs at least one key' }
  if (config.single_host_per_subset === true && keys.length !== 1) {
    return { field: 'single_host_per_subset', message: 'single_host_per_subset needs a selector of exactly one key' }
  }
  const fewer = config.fallback_keys_subset ?? []
  if (config.fallback_policy !== 'KEYS_SUBSET') {
    return fewer.length === 0
      ? undefined
      : { field: 'fallback_keys_subset', message: 'fallback_keys_subset goes with KEYS_SUBSET only' }
  }
  if (fewer.length === 0 || fewer.length >= keys.length || !fewer.every((key) => keys.includes(key))) {
    return {
      field: 'fallback_keys_subset',
      message: 'KEYS_SUBSET needs some, but not all, of the keys of its selector',
    }
  }
  return undefined
}

/** Selectors by their set of keys. */
export class SelectorTrie {
  readonly #next = new Map<string, SelectorTrie>()
  #selector: Selector | undefined = undefined

  constructor(selectors: readonly Selector[] = []) {
    for (const selector of selectors) this.#add(selector, 0)
  }

  /** The selector with exactly these sorted keys. Allocates nothing. */
  find(keys: readonly string[], count: number): Selector | undefined {
    // oxlint-disable-next-line typescript/no-this-alias -- a walk down the trie
    let node: SelectorTrie | undefined = this
    for (let i = 0; i < count && node !== undefined; i++) node = node.#next.get(keys[i]!)
    return node === undefined ? undefined : node.#selector
  }

  #add(selector: Selector, depth: number): void {
    const key = selector.keys[depth]
    if (key === undefined) {
      // Of two selectors with the same keys the first decides the fallback.
      this.#selector ??= selector
      return
    }
    const next = this.#next.get(key) ?? new SelectorTrie()
    this.#next.set(key, next)
    next.#add(selector, depth + 1)
  }
}

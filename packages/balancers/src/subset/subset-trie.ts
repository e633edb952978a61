import type { Criteria } from './criteria.ts'
import type { SubsetEntry } from './subset-entry.ts'

/** Subsets by the keys (in order) and values of their metadata. */
export class SubsetTrie {
  readonly #next = new Map<string, Map<unknown, SubsetTrie>>()
  entry: SubsetEntry | undefined = undefined

  /** The place of these keys and values; made when it is not there. Keys are sorted, values are comparable ones. */
  place(keys: readonly string[], values: readonly unknown[]): SubsetTrie {
    // oxlint-disable-next-line typescript/no-this-alias -- a walk down the trie
    let node: SubsetTrie = this
    for (const [i, key] of keys.entries()) {
      let byValue = node.#next.get(key)
      if (byValue === undefined) node.#next.set(key, (byValue = new Map()))
      let next = byValue.get(values[i])
      if (next === undefined) byValue.set(values[i], (next = new SubsetTrie()))
      node = next
    }
    return node
  }

  /** The subset with exactly the criteria's keys and values. Allocates nothing for values that are no objects. */
  find(criteria: Criteria): SubsetEntry | undefined {
    // oxlint-disable-next-line typescript/no-this-alias -- a walk down the trie
    let node: SubsetTrie | undefined = this
    for (let i = 0; i < criteria.count && node !== undefined; i++) {
      const key = criteria.keys[i]!
      node = node.#next.get(key)?.get(criteria.valueOf(key))
    }
    return node?.entry
  }

  /** Drops subsets that are not kept, and the places that led to them only; says whether anything is left. */
  prune(keep: (entry: SubsetEntry) => boolean): boolean {
    if (this.entry !== undefined && !keep(this.entry)) this.entry = undefined
    for (const [key, byValue] of this.#next) {
      for (const [value, next] of byValue) if (!next.prune(keep)) byValue.delete(value)
      if (byValue.size === 0) this.#next.delete(key)
    }
    return this.entry !== undefined || this.#next.size > 0
  }
}

/** Two lists side by side: what is in both, in the order of the second list, and what is in one only. */
export interface Paired<T> {
  readonly both: readonly {
    readonly before: T
    readonly after: T
    readonly beforeIndex: number
    readonly afterIndex: number
  }[]
  readonly removed: readonly { readonly item: T; readonly index: number }[]
  readonly added: readonly { readonly item: T; readonly index: number }[]
}

/** Pairs the items of two lists by a key; of several with the same key the first goes with the first. */
export function pairBy<T>(before: readonly T[], after: readonly T[], keyOf: (item: T) => string): Paired<T> {
  const waiting = new Map<string, { item: T; index: number }[]>()
  before.forEach((item, index) => {
    const key = keyOf(item)
    const list = waiting.get(key)
    if (list === undefined) waiting.set(key, [{ item, index }])
    else list.push({ item, index })
  })
  const both: Paired<T>['both'][number][] = []
  const added: Paired<T>['added'][number][] = []
  after.forEach((item, index) => {
    const found = waiting.get(keyOf(item))?.shift()
    if (found === undefined) added.push({ item, index })
    else both.push({ before: found.item, after: item, beforeIndex: found.index, afterIndex: index })
  })
  const removed = [...waiting.values()].flat().toSorted((a, b) => a.index - b.index)
  return { both, removed, added }
}

/** Which of a sequence of numbers are not part of its longest rising part: what was moved, with as few moves as can be. */
export function outOfOrder(numbers: readonly number[]): ReadonlySet<number> {
  // The smallest last number of a rising part of each length, and for each number the one before it.
  const tails: number[] = []
  const previous: number[] = []
  numbers.forEach((number, i) => {
    let low = 0
    let high = tails.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (numbers[tails[middle]!]! < number) low = middle + 1
      else high = middle
    }
    previous[i] = low > 0 ? tails[low - 1]! : -1
    tails[low] = i
  })
  const kept = new Set<number>()
  for (let i = tails.at(-1) ?? -1; i >= 0; i = previous[i]!) kept.add(i)
  return new Set(numbers.map((_, i) => i).filter((i) => !kept.has(i)))
}

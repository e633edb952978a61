import type { Histogram } from './histogram.ts'

/** A bin of a histogram that holds values. */
export interface Bin {
  /** The lower bound, rounded to the two digits that it has. */
  readonly low: number
  readonly width: number
  readonly count: number
}

/** The bins of a histogram that hold values, lowest first. */
export function binsOf(histogram: Histogram): Bin[] {
  const bins: Bin[] = []
  histogram.forEachBin((low, width, count) => {
    bins.push({ low: Number(low.toPrecision(2)), width: Number(width.toPrecision(1)), count })
  })
  return bins
}

/**
 * The value of the nearest rank for a share `q` (0 to 1); within a bin of n values the k-th lies k/(n+1) of its width
 * above its bound. That is how Envoy prints quantiles. NaN without values.
 */
export function quantileOf(bins: readonly Bin[], q: number): number {
  let total = 0
  for (const bin of bins) total += bin.count
  let rank = Math.max(1, Math.ceil(q * total - 1e-9))
  for (const { low, width, count } of bins) {
    if (rank <= count) return low + (width * rank) / (count + 1)
    rank -= count
  }
  return Number.NaN
}

/** What histograms recorded between one flush and the next, as Envoy shows it beside their totals. */
export class HistogramIntervals {
  #totals = new Map<string, readonly Bin[]>()
  #intervals = new Map<string, { readonly bins: readonly Bin[]; readonly sum: number }>()
  #sums = new Map<string, number>()

  /** Ends an interval: what was recorded since the last call becomes the one that is shown. */
  rotate(histograms: Iterable<Histogram>): void {
    const totals = new Map<string, readonly Bin[]>()
    const sums = new Map<string, number>()
    const intervals = new Map<string, { bins: readonly Bin[]; sum: number }>()
    for (const histogram of histograms) {
      if (histogram.count === 0) continue
      const { name } = histogram
      const bins = binsOf(histogram)
      totals.set(name, bins)
      sums.set(name, histogram.sum)
      const since = difference(bins, this.#totals.get(name) ?? [])
      if (since !== undefined) intervals.set(name, { bins: since, sum: histogram.sum - (this.#sums.get(name) ?? 0) })
      else intervals.set(name, { bins, sum: histogram.sum })
    }
    this.#totals = totals
    this.#sums = sums
    this.#intervals = intervals
  }

  /** The last finished interval of a histogram; empty when nothing was recorded. */
  bins(name: string): readonly Bin[] {
    return this.#intervals.get(name)?.bins ?? []
  }
  sum(name: string): number {
    return this.#intervals.get(name)?.sum ?? 0
  }
}

/** What came on top of older bins; undefined when the histogram was reset meanwhile. */
function difference(bins: readonly Bin[], older: readonly Bin[]): Bin[] | undefined {
  const before = new Map(older.map((bin) => [bin.low, bin.count]))
  const since: Bin[] = []
  for (const bin of bins) {
    const count = bin.count - (before.get(bin.low) ?? 0)
    if (count < 0) return undefined
    before.delete(bin.low)
    if (count > 0) since.push({ ...bin, count })
  }
  return before.size === 0 ? since : undefined
}

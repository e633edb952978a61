import { type Bin, binsOf, type Histogram, quantileOf } from '@nuncio/core'
import type { StatsView } from '../view/stats-view.ts'

/** Percentiles that are shown. */
export const PERCENTILES = [0, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 100]

/** How `histogram_buckets` asks for histograms. */
export const BUCKET_MODES = ['cumulative', 'disjoint', 'detailed', 'summary'] as const
export type BucketMode = (typeof BUCKET_MODES)[number]

/** Numbers of one histogram: in the last interval and in all. */
export interface Pair {
  readonly interval: number
  readonly cumulative: number
}

export interface HistogramPicture {
  readonly name: string
  readonly intervals: readonly Bin[]
  readonly totals: readonly Bin[]
  readonly bounds: readonly number[]
}

export function pictureOf(histogram: Histogram, stats: StatsView): HistogramPicture {
  const { name } = histogram
  return { name, intervals: stats.intervals?.bins(name) ?? [], totals: binsOf(histogram), bounds: stats.bounds(name) }
}

/** The value at each of `PERCENTILES`; NaN where nothing was recorded. */
export function percentiles({ intervals, totals }: HistogramPicture): Pair[] {
  return PERCENTILES.map((p) => ({ interval: quantileOf(intervals, p / 100), cumulative: quantileOf(totals, p / 100) }))
}

/** How many values lie at or below each bound (a bin that begins at a bound counts as below it). */
export function cumulativeBuckets({ intervals, totals, bounds }: HistogramPicture): Pair[] {
  return bounds.map((bound) => ({ interval: countUpTo(intervals, bound), cumulative: countUpTo(totals, bound) }))
}

/** How many values lie between each bound and the one before. */
export function disjointBuckets(picture: HistogramPicture): Pair[] {
  const sums = cumulativeBuckets(picture)
  return sums.map((sum, i) => {
    const before = sums[i - 1] ?? { interval: 0, cumulative: 0 }
    return { interval: sum.interval - before.interval, cumulative: sum.cumulative - before.cumulative }
  })
}

function countUpTo(bins: readonly Bin[], bound: number): number {
  let count = 0
  for (const bin of bins) if (bin.low <= bound) count += bin.count
  return count
}

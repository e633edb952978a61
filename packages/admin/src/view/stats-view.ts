import type { HistogramIntervals, StatsStore } from '@nuncio/core'

/** A stat's name without the values in it, and those values by tag. */
export interface TaggedName {
  readonly name: string
  readonly tags: readonly (readonly [tag: string, value: string])[]
}

/** Statistics and how they are shown. `StatsRules` has the last three. */
export interface StatsView {
  readonly store: StatsStore
  /** What histograms recorded in the last flush interval; without it intervals are empty. */
  readonly intervals: HistogramIntervals | undefined
  /** `stats_matcher`: whether a stat exists for the operator. */
  accepts(name: string): boolean
  tagged(name: string): TaggedName
  /** Upper bounds of a histogram's buckets, ascending. */
  bounds(name: string): readonly number[]
  /** Called before statistics are shown: gauges that nobody keeps up (uptime, memory) are set here. */
  refresh(): void
}

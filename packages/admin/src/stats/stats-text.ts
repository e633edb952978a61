import type { Bin } from '@nuncio/core'
import type { StatsView } from '../view/stats-view.ts'
import {
  type BucketMode,
  cumulativeBuckets,
  disjointBuckets,
  type HistogramPicture,
  type Pair,
  PERCENTILES,
  percentiles,
  pictureOf,
} from './buckets.ts'
import { byName, type StatsSelection } from './selection.ts'

/** `name: value` lines: texts, then numbers, then histograms, each sorted. */
export function statsText(stats: StatsSelection, view: StatsView, mode: BucketMode): string {
  const lines = stats.texts.map(({ name, value }) => `${name}: ${JSON.stringify(value)}\n`)
  for (const { name, value } of [...stats.counters, ...stats.gauges].toSorted(byName)) lines.push(`${name}: ${value}\n`)
  for (const histogram of stats.histograms) {
    const { name, count } = histogram
    lines.push(count === 0 ? `${name}: No recorded values\n` : histogramText(pictureOf(histogram, view), mode))
  }
  return lines.join('')
}

function histogramText(picture: HistogramPicture, mode: BucketMode): string {
  const value = histogramValue(picture, mode)
  return mode === 'detailed' ? `${picture.name}:\n${value}\n` : `${picture.name}: ${value}\n`
}

/** A histogram without its name; three lines where it is `detailed`. */
export function histogramValue(picture: HistogramPicture, mode: BucketMode): string {
  const { bounds, intervals, totals } = picture
  if (mode === 'cumulative') return bucketsText(bounds, cumulativeBuckets(picture))
  if (mode === 'disjoint') return bucketsText(bounds, disjointBuckets(picture))
  if (mode === 'summary') return summaryText(picture)
  return `  totals=${binsText(totals)}\n  intervals=${binsText(intervals)}\n  summary=${summaryText(picture)}`
}

/** `P0(interval,cumulative) P25(…) …` */
function summaryText(picture: HistogramPicture): string {
  const values = percentiles(picture)
  return PERCENTILES.map((p, i) => `P${p}(${pairText(values[i]!)})`).join(' ')
}

function bucketsText(bounds: readonly number[], counts: readonly Pair[]): string {
  return bounds.map((bound, i) => `B${short(bound)}(${pairText(counts[i]!)})`).join(' ')
}

function pairText({ interval, cumulative }: Pair): string {
  return `${nan(interval)},${nan(cumulative)}`
}

/** `lower,width:count` */
function binsText(bins: readonly Bin[]): string {
  return bins.map(({ low, width, count }) => `${low},${width}:${count}`).join(', ')
}

function nan(value: number): string {
  return Number.isNaN(value) ? 'nan' : String(value)
}

/** As C prints a number with `%g`: six digits, `1.8e+06` from a million on. */
function short(value: number): string {
  if (value < 1_000_000) return String(Number(value.toPrecision(6)))
  return value
    .toExponential(5)
    .replace(/\.?0+e/, 'e')
    .replace(/e\+(\d)$/, 'e+0$1')
}

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

/** `{"stats": [{name, value}, …, {histograms: …}]}` as Envoy's `/stats?format=json`. Histograms only when they hold values. */
export function statsJson(stats: StatsSelection, view: StatsView, mode: BucketMode): object {
  const values: object[] = stats.texts.map(({ name, value }) => ({ name, value }))
  for (const { name, value } of [...stats.counters, ...stats.gauges].toSorted(byName)) values.push({ name, value })
  const pictures = stats.histograms.filter(({ count }) => count > 0).map((histogram) => pictureOf(histogram, view))
  if (pictures.length > 0) values.push({ histograms: histogramsJson(pictures, mode) })
  return { stats: values }
}

function histogramsJson(pictures: readonly HistogramPicture[], mode: BucketMode): object {
  switch (mode) {
    case 'cumulative':
      return pictures.map((picture) => bucketsJson(picture, cumulativeBuckets(picture)))
    case 'disjoint':
      return pictures.map((picture) => bucketsJson(picture, disjointBuckets(picture)))
    case 'detailed':
      return { supported_percentiles: PERCENTILES, details: pictures.map(detailsJson) }
    case 'summary':
      return {
        supported_quantiles: PERCENTILES,
        computed_quantiles: pictures.map((picture) => ({ name: picture.name, values: valuesJson(picture) })),
      }
  }
}

function bucketsJson({ name, bounds }: HistogramPicture, counts: readonly Pair[]): object {
  return { name, buckets: counts.map((count, i) => ({ upper_bound: bounds[i], ...count })) }
}

function detailsJson(picture: HistogramPicture): object {
  return {
    name: picture.name,
    totals: picture.totals.map(binJson),
    intervals: picture.intervals.map(binJson),
    percentiles: valuesJson(picture),
  }
}

function binJson({ low, width, count }: Bin): object {
  return { lower_bound: low, width, count }
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value
}

/** JSON has no NaN: null. */
function valuesJson(picture: HistogramPicture): object[] {
  return percentiles(picture).map(({ cumulative, interval }) => ({
    cumulative: orNull(cumulative),
    interval: orNull(interval),
  }))
}

import { type Bin, binsOf, type Histogram, quantileOf } from '@nuncio/core'
import type { StatsSelection } from '../stats/selection.ts'
import type { StatsView, TaggedName } from '../view/stats-view.ts'

/** What `/stats/prometheus` shows beside counters and gauges, and as what. */
export interface ExpositionOptions {
  /** Histograms as buckets, or as quantiles of the last interval. */
  readonly histograms: 'cumulative' | 'summary'
  /** Texts as gauges of value 0 with the label `text_value`. */
  readonly textReadouts: boolean
}

/** Shares of summaries. */
const QUANTILES = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 1]

type Labels = readonly (readonly [string, string])[]

interface Sample {
  readonly full: string
  readonly lines: (name: string, labels: Labels) => readonly string[]
}

/** Prometheus' text format 0.0.4, named as Envoy names it. */
export function exposition(stats: StatsSelection, view: StatsView, options: ExpositionOptions): string {
  const out: Output = { lines: [], families: new Set() }
  section(out, 'counter', stats.counters.map(numberSample), view)
  const texts = options.textReadouts ? stats.texts.map(textSample) : []
  section(out, 'gauge', [...stats.gauges.map(numberSample), ...texts], view)
  const buckets = options.histograms === 'cumulative'
  const samples = stats.histograms.map((each) => (buckets ? bucketSample(each, view) : summarySample(each, view)))
  section(out, buckets ? 'histogram' : 'summary', samples, view)
  return out.lines.join('')
}

interface Output {
  readonly lines: string[]
  /** Names that are taken: each may have one `# TYPE`. */
  readonly families: Set<string>
}

/** Samples of one kind, those of a name together under its `# TYPE`. A name that another kind has gets the kind's behind it. */
function section(out: Output, type: string, samples: readonly Sample[], view: StatsView): void {
  const groups = new Map<string, { sample: Sample; tagged: TaggedName }[]>()
  const tagged = samples.map((sample) => ({ sample, tagged: view.tagged(sample.full) }))
  tagged.sort((a, b) => compare(a.tagged.name, b.tagged.name) || compare(a.sample.full, b.sample.full))
  for (const each of tagged) {
    const name = metricName(each.tagged.name)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [each])
    else group.push(each)
  }
  for (const [given, group] of groups) {
    const name = out.families.has(given) ? `${given}_${type}` : given
    out.families.add(name)
    out.lines.push(`# TYPE ${name} ${type}\n`)
    for (const each of group) {
      const labels = each.tagged.tags.map(([tag, value]) => [labelName(tag), value] as const)
      for (const line of each.sample.lines(name, labels)) out.lines.push(`${line}\n`)
    }
  }
}

function numberSample(each: { name: string; value: number }): Sample {
  return { full: each.name, lines: (name, labels) => [`${name}${braces(labels)} ${number(each.value)}`] }
}

function textSample(each: { name: string; value: string }): Sample {
  return { full: each.name, lines: (name, labels) => [`${name}${braces([...labels, ['text_value', each.value]])} 0`] }
}

function bucketSample(histogram: Histogram, view: StatsView): Sample {
  const bounds = view.bounds(histogram.name)
  return {
    full: histogram.name,
    lines: (name, labels) => [
      ...histogram
        .cumulative(bounds)
        .map((count, i) => `${name}_bucket${braces([...labels, ['le', number(bounds[i]!)]])} ${count}`),
      `${name}_bucket${braces([...labels, ['le', '+Inf']])} ${histogram.count}`,
      `${name}_sum${braces(labels)} ${number(histogram.sum)}`,
      `${name}_count${braces(labels)} ${histogram.count}`,
    ],
  }
}

function summarySample(histogram: Histogram, view: StatsView): Sample {
  const bins: readonly Bin[] = view.intervals?.bins(histogram.name) ?? binsOf(histogram)
  const sum = view.intervals?.sum(histogram.name) ?? histogram.sum
  const count = bins.reduce((total, bin) => total + bin.count, 0)
  return {
    full: histogram.name,
    lines: (name, labels) => [
      ...QUANTILES.map((q) => `${name}${braces([...labels, ['quantile', number(q)]])} ${number(quantileOf(bins, q))}`),
      `${name}_sum${braces(labels)} ${number(sum)}`,
      `${name}_count${braces(labels)} ${count}`,
    ],
  }
}

/** `cluster.upstream_rq` → `envoy_cluster_upstream_rq`. */
export function metricName(name: string): string {
  return `envoy_${name.replace(/[^a-zA-Z0-9_]/g, '_')}`
}

function labelName(tag: string): string {
  const name = tag.replace(/[^a-zA-Z0-9_]/g, '_')
  return /^[0-9]/.test(name) ? `_${name}` : name
}

function braces(labels: Labels): string {
  return `{${labels.map(([name, value]) => `${name}="${escapeLabel(value)}"`).join(',')}}`
}

function escapeLabel(value: string): string {
  return value.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`))
}

/** NaN as Prometheus and Envoy write it. */
function number(value: number): string {
  return Number.isNaN(value) ? 'NaN' : value === Infinity ? '+Inf' : String(value)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

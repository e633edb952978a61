import type { HistogramDump } from './histogram.ts'
import type { Gauge, StatsStore } from './stats.ts'

/** All statistics of one store as plain data, to be sent to another process. */
export interface StatsDump {
  readonly counters: readonly (readonly [name: string, value: number])[]
  readonly gauges: readonly (readonly [name: string, value: number, used: boolean])[]
  readonly histograms: readonly HistogramDump[]
  readonly texts: readonly (readonly [name: string, value: string])[]
}

/** All that a store holds now, as plain values that can be sent to another process. */
export function dumpStats(store: StatsStore): StatsDump {
  return {
    counters: [...store.counters.values()].map(({ name, value }) => [name, value] as const),
    gauges: [...store.gauges.values()].map(({ name, value, used }) => [name, value, used] as const),
    histograms: [...store.histograms.values()].map((histogram) => histogram.dump()),
    texts: [...store.texts.values()].map(({ name, value }) => [name, value] as const),
  }
}

/** `sum`: each store counts its own part. `max`: all stores tell of the same thing. */
export type MergeRule = (name: string) => 'sum' | 'max'

/** Adds a dump to a store: counters and gauges as the rule says, histograms are merged. */
export function addStats(store: StatsStore, dump: StatsDump, rule: MergeRule): void {
  for (const [name, value] of dump.counters) {
    const counter = store.counter(name)
    counter.value = rule(name) === 'sum' ? counter.value + value : Math.max(counter.value, value)
  }
  for (const [name, value, used] of dump.gauges) combine(store.gauge(name), value, used, rule(name))
  for (const histogram of dump.histograms) store.histogram(histogram.name).add(histogram)
  for (const [name, value] of dump.texts) store.text(name).value = value
}

function combine(gauge: Gauge, value: number, used: boolean, rule: 'sum' | 'max'): void {
  if (used) gauge.set(rule === 'sum' || !gauge.used ? gauge.value + value : Math.max(gauge.value, value))
}

/** Sets everything to nothing; the handles stay. */
export function clearStats(store: StatsStore): void {
  for (const counter of store.counters.values()) counter.reset()
  for (const histogram of store.histograms.values()) histogram.reset()
  for (const gauge of store.gauges.values()) {
    gauge.value = 0
    gauge.used = false
  }
}

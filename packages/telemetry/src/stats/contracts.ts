import type { Report } from '@nuncio/access-log'
import type { MessageSchema } from '@nuncio/config'
import type { Bin, Logger } from '@nuncio/core'

/** A stat's name without the values in it, and those values by tag: `cluster.upstream_rq`, `envoy.cluster_name` = `a`. */
export interface TaggedName {
  readonly name: string
  readonly tags: readonly (readonly [tag: string, value: string])[]
}

/** A counter or gauge as a flush sees it. */
export interface StatValue {
  /** The full dotted name. */
  readonly name: string
  readonly value: number
}

/** A histogram as a flush sees it. */
export interface HistogramValue {
  readonly name: string
  /** What was recorded since the last flush. */
  readonly bins: readonly Bin[]
}

/** All statistics that were ever touched, as they are at one flush. */
export interface StatsSnapshot {
  /** Counters with what was added since the last flush. */
  readonly counters: readonly StatValue[]
  readonly gauges: readonly StatValue[]
  readonly histograms: readonly HistogramValue[]
  tagged(name: string): TaggedName
}

/** Takes all statistics away to somewhere, every `stats_flush_interval`. Never throws, never waits. */
export interface StatsSink {
  flush(snapshot: StatsSnapshot): void
  close(): void
}

/** What a sink's configuration is given when it loads. */
export interface StatsSinkContext {
  readonly report: Report
  readonly logger: Logger
  /** Where to connect to reach a cluster now; undefined when there is no such cluster or no host. */
  hostOf(cluster: string): { readonly address: string; readonly port: number } | undefined
}

/** One kind of stats sink, as a registry holds it. */
export interface StatsSinkDefinition<C = unknown> {
  /** `envoy.stat_sinks.statsd` */
  readonly name: string
  readonly config: MessageSchema<C>
  readonly stability: 'stable' | 'alpha' | 'wip'
  /** Undefined after reporting what is wrong. */
  create(config: C, context: StatsSinkContext): StatsSink | undefined
}

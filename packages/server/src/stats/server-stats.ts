import { type StatsRules, statsRules } from '@nuncio/admin'
import type { Message } from '@nuncio/config'
import { HistogramIntervals } from '@nuncio/core'
import { compileRegex } from '@nuncio/matching'
import { findingReporter } from '@nuncio/network-filters'
import { createStatsSink, StatsFlusher, type StatsSink } from '@nuncio/telemetry'
import type { ServerParts } from '../nuncio-server.ts'
import type { NodeTime } from '../platform/node-time.ts'

/** What the statistics of a server, or of several workers, are made of. */
export interface StatsParts extends Pick<
  ServerParts,
  'bootstrap' | 'loaded' | 'logger' | 'problems' | 'stats' | 'time' | 'wheel'
> {
  readonly clusters: {
    /** Where to connect to reach a cluster now. */
    hostOf(name: string): { readonly address: string; readonly port: number } | undefined
    refreshStats(): void
  }
  /** The sinks are somebody else's. */
  readonly noSinks?: boolean
}

/** How the statistics of one server are named, shown, and carried to its sinks. */
export interface ServerStats {
  readonly rules: StatsRules
  readonly intervals: HistogramIntervals
  readonly flusher: StatsFlusher
  /** `stats_flush_on_admin`: the sinks hear when somebody reads the statistics, and only then. */
  readonly flushOnAdmin: boolean
  /** Sets the gauges that nobody keeps up: uptime, memory, breakers. */
  refresh(): void
}

/** Decides `stats_config`, `stats_sinks` and the flush interval of a bootstrap; problems go to the parts' list. */
export function serverStats(parts: StatsParts): ServerStats {
  const { bootstrap, loaded, logger, problems, stats: store, time } = parts
  const report = (problem: (typeof problems)[number]): void => void problems.push(problem)
  const rules = statsRules(bootstrap.stats_config, {
    report: findingReporter('stats_config', report, loaded.sources),
    compileRegex: (pattern) => compileRegex(pattern),
  })
  const intervals = new HistogramIntervals()
  const flushOnAdmin = bootstrap.stats_flush_on_admin ?? false
  const version = bootstrap.stats_server_version_override
  if (version !== undefined) store.gauge('server.version').set(version)
  const refresh = refreshOf(parts, time.monotonicMs())
  const flusher = new StatsFlusher({
    store,
    intervals,
    time,
    logger,
    sinks: (parts.noSinks === true ? [] : (bootstrap.stats_sinks ?? [])).flatMap(
      (sink, i) => sinkOf(parts, sink, i) ?? [],
    ),
    intervalMs: flushOnAdmin ? 0 : bootstrap.stats_flush_interval,
    accepts: (name) => rules.accepts(name),
    tagged: (name) => rules.tagged(name),
    beforeFlush: refresh,
  })
  return { rules, intervals, flusher, flushOnAdmin, refresh }
}

function sinkOf(
  { clusters, loaded, logger, problems }: StatsParts,
  config: Message<'envoy.config.metrics.v3.StatsSink'>,
  index: number,
): StatsSink | undefined {
  return createStatsSink(config, {
    logger,
    report: findingReporter(`stats_sinks[${index}]`, (problem) => void problems.push(problem), loaded.sources),
    hostOf: (name) => clusters.hostOf(name),
  })
}

function refreshOf({ clusters, stats, time, wheel }: StatsParts, startedMs: number): () => void {
  return () => {
    const memory = process.memoryUsage()
    stats.gauge('server.uptime').set(Math.floor((time.monotonicMs() - startedMs) / 1000))
    stats.gauge('server.memory_allocated').set(memory.heapUsed)
    stats.gauge('server.memory_heap_size').set(memory.heapTotal)
    stats.gauge('server.memory_physical_size').set(memory.rss)
    stats.gauge('server.timers').set((time as Partial<NodeTime>).pending ?? 0)
    stats.gauge('server.deadlines').set(wheel.armed)
    clusters.refreshStats()
  }
}

import type { HistogramIntervals, Logger, StatsStore, Timer, TimeSource } from '@nuncio/core'
import type { HistogramValue, StatsSink, StatsSnapshot, StatValue, TaggedName } from './contracts.ts'

/** What is flushed, where to, and how often. */
export interface StatsFlusherOptions {
  readonly store: StatsStore
  readonly intervals: HistogramIntervals
  readonly sinks: readonly StatsSink[]
  readonly time: TimeSource
  readonly logger: Logger
  /** `stats_flush_interval`, 5000 by default; 0: only when `flush` is called (`stats_flush_on_admin`). */
  readonly intervalMs?: number | undefined
  /** `stats_matcher`; all by default. */
  readonly accepts?: ((name: string) => boolean) | undefined
  /** The tags of a name; none by default. */
  readonly tagged?: ((name: string) => TaggedName) | undefined
  /** Sets gauges that nobody keeps up (uptime, memory) before they are read. */
  readonly beforeFlush?: (() => void) | undefined
}

/** Hands all statistics to the sinks at an interval, and ends the histograms' intervals. */
export class StatsFlusher {
  readonly #options: StatsFlusherOptions
  #last = new Map<string, number>()
  #timer: Timer | undefined = undefined
  #running = false

  constructor(options: StatsFlusherOptions) {
    this.#options = options
  }

  /** Begins to flush at the interval. */
  start(): void {
    this.#running = true
    this.#schedule()
  }

  /** Flushes now. A sink that fails is logged; the others go on. */
  flush(): void {
    const { beforeFlush, intervals, logger, sinks, store } = this.#options
    beforeFlush?.()
    intervals.rotate(store.histograms.values())
    if (sinks.length === 0) return
    const snapshot = this.#snapshot()
    for (const sink of sinks) {
      try {
        sink.flush(snapshot)
      } catch (error) {
        logger.log('error', 'a stats sink failed', { error })
      }
    }
  }

  /** Flushes a last time and closes the sinks. */
  close(): void {
    this.#running = false
    this.#timer?.cancel()
    this.flush()
    for (const sink of this.#options.sinks) sink.close()
  }

  #schedule(): void {
    const { intervalMs = 5000, time } = this.#options
    if (!this.#running || intervalMs <= 0) return
    this.#timer = time.setTimer(intervalMs, () => {
      this.flush()
      this.#schedule()
    })
  }

  #snapshot(): StatsSnapshot {
    const { accepts = () => true, intervals, store, tagged = untagged } = this.#options
    const counters: StatValue[] = []
    // Counters go, with their clusters: what is known of them goes too.
    const before = this.#last
    this.#last = new Map()
    for (const { name, value } of store.counters.values()) {
      const last = before.get(name)
      if ((value === 0 && last === undefined) || !accepts(name)) continue
      this.#last.set(name, value)
      // A counter that was reset begins anew.
      counters.push({ name, value: value >= (last ?? 0) ? value - (last ?? 0) : value })
    }
    const gauges: StatValue[] = []
    for (const { name, value, used } of store.gauges.values()) if (used && accepts(name)) gauges.push({ name, value })
    const histograms: HistogramValue[] = []
    for (const { name, count } of store.histograms.values()) {
      const bins = count === 0 ? [] : intervals.bins(name)
      if (bins.length > 0 && accepts(name)) histograms.push({ name, bins })
    }
    return { counters, gauges, histograms, tagged }
  }
}

function untagged(name: string): TaggedName {
  return { name, tags: [] }
}

import type { Counter, Gauge, StatsScope } from '@nuncio/core'
import type { ResourceMonitor } from './contracts.ts'

/** A configured resource monitor and what it last said. */
export class PressureSource {
  readonly name: string
  /** Stays as it was while the monitor cannot tell. */
  pressure = 0
  readonly #monitor: ResourceMonitor
  readonly #gauge: Gauge
  readonly #failed: Counter

  /** `stats`: `overload.<name>.` */
  constructor(name: string, monitor: ResourceMonitor, stats: StatsScope) {
    this.name = name
    this.#monitor = monitor
    this.#gauge = stats.gauge('pressure')
    this.#failed = stats.counter('failed_updates')
    // Ours are read at once, so that none is ever skipped; who reads Envoy's statistics finds the name.
    stats.counter('skipped_updates')
  }

  refresh(): void {
    const pressure = this.#monitor.pressure()
    if (pressure === undefined) {
      this.#failed.inc()
      return
    }
    this.pressure = pressure
    this.#gauge.set(Math.floor(pressure * 100))
  }
}

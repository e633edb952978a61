import type { Counter, Gauge, StatsScope } from '@nuncio/core'

/** Handles to `workers.*`: ours, apart from the two of the watchdog, which are Envoy's. */
export class WorkerStats {
  /** Workers that serve. */
  readonly serving: Gauge
  /** Ended though they were not to, and were replaced. */
  readonly died: Counter
  /** Replaced by a rolling restart. */
  readonly restarted: Counter
  readonly killedByWatchdog: Counter

  constructor(scope: StatsScope) {
    this.serving = scope.gauge('serving')
    this.died = scope.counter('died')
    this.restarted = scope.counter('restarted')
    this.killedByWatchdog = scope.counter('killed_by_watchdog')
  }
}

import type { Counter, StatsScope } from '@nuncio/core'

/** Attempts to hand over to a new process, as the old one counts them; the new one has the old one's sums, not these. */
export class HotRestartStats {
  readonly attempt: Counter
  /** The new process could not serve, not in time, or not for long. */
  readonly failed: Counter
  /** … not in time. */
  readonly timedOut: Counter

  constructor(scope: StatsScope) {
    this.attempt = scope.counter('attempt')
    this.failed = scope.counter('failed')
    this.timedOut = scope.counter('timed_out')
  }
}

import type { Counter, StatsScope } from '@nuncio/core'

/** Handles to `upstream_flow_control_*`. */
export class FlowStats {
  /** Reading from the upstream stopped, and went on, for a slow client. */
  readonly pausedReading: Counter
  readonly resumedReading: Counter
  /** The upstream took no more of a request, and did again. */
  readonly backedUp: Counter
  readonly drained: Counter

  /** `scope` is the cluster's. */
  constructor(scope: StatsScope) {
    this.pausedReading = scope.counter('upstream_flow_control_paused_reading_total')
    this.resumedReading = scope.counter('upstream_flow_control_resumed_reading_total')
    this.backedUp = scope.counter('upstream_flow_control_backed_up_total')
    this.drained = scope.counter('upstream_flow_control_drained_total')
  }
}

import type { Counter, Gauge, Histogram, StatsScope } from '@nuncio/core'

/** What is counted of one direction. */
export interface DirectionStats {
  readonly enabled: Counter
  /** Chunks that had to wait. */
  readonly enforced: Counter
  readonly incomingTotal: Counter
  readonly allowedTotal: Counter
  /** Streams that wait. */
  readonly pending: Gauge
  readonly incoming: Gauge
  readonly allowed: Gauge
  /** Milliseconds from the first byte of a body to the last. */
  readonly duration: Histogram
}

/** `<stat_prefix>.http_bandwidth_limit.<direction>_*`, at the root of all statistics. */
export function directionStats(scope: StatsScope, direction: 'request' | 'response'): DirectionStats {
  return {
    enabled: scope.counter(`${direction}_enabled`),
    enforced: scope.counter(`${direction}_enforced`),
    incomingTotal: scope.counter(`${direction}_incoming_total_size`),
    allowedTotal: scope.counter(`${direction}_allowed_total_size`),
    pending: scope.gauge(`${direction}_pending`),
    incoming: scope.gauge(`${direction}_incoming_size`),
    allowed: scope.gauge(`${direction}_allowed_size`),
    duration: scope.histogram(`${direction}_transfer_duration`),
  }
}

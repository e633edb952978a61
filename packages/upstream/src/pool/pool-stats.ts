import type { ClusterStats } from '@nuncio/cluster'
import type { Counter, Gauge, Histogram } from '@nuncio/core'

/** Counters of pools beside those of `ClusterStats`; taken once for a cluster. */
export class PoolStats {
  readonly cluster: ClusterStats
  /** `max_requests` was reached when a connection was there already. */
  readonly rqActiveOverflow: Counter
  readonly rqPerCx: Histogram
  readonly rxResetNoError: Counter
  readonly preconnectSkipped: Counter
  readonly bindErrors: Counter
  readonly rxBuffered: Gauge
  readonly txBuffered: Gauge
  readonly keepaliveTimeout: Counter

  constructor(stats: ClusterStats) {
    const { scope } = stats
    this.cluster = stats
    this.rqActiveOverflow = scope.counter('upstream_rq_active_overflow')
    this.rqPerCx = scope.histogram('upstream_rq_per_cx')
    this.rxResetNoError = scope.counter('upstream_rq_rx_reset_no_error')
    this.preconnectSkipped = scope.counter('upstream_cx_preconnect_skipped')
    this.bindErrors = scope.counter('bind_errors')
    this.rxBuffered = scope.gauge('upstream_cx_rx_bytes_buffered')
    this.txBuffered = scope.gauge('upstream_cx_tx_bytes_buffered')
    this.keepaliveTimeout = scope.counter('http2.keepalive_timeout')
  }
}

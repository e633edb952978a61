import type { ClusterStats } from '../stats/cluster-stats.ts'
import type { Counter, Histogram } from '@nuncio/core'

/** Counters of pools beside those of `ClusterStats`; taken once for a cluster. */
export class PoolStats {
  readonly cluster: ClusterStats
  /** `max_requests` was reached when a connection was there already. */
  readonly rqActiveOverflow: Counter
  readonly rqPerCx: Histogram
  readonly bindErrors: Counter
  readonly keepaliveTimeout: Counter
  /** Streams that fit on the cluster's connections, those that are being opened too. */
  capacity = 0

  constructor(stats: ClusterStats) {
    const { scope } = stats
    this.cluster = stats
    this.rqActiveOverflow = scope.counter('upstream_rq_active_overflow')
    this.rqPerCx = scope.histogram('upstream_rq_per_cx')
    this.bindErrors = scope.counter('bind_errors')
    this.keepaliveTimeout = scope.counter('http2.keepalive_timeout')
  }
}

import type { Counter, StatsScope } from '@nuncio/core'
import { ResponseStats } from './response-stats.ts'

/** What Envoy counts of the requests of a virtual cluster, or of a route with `stat_prefix`. */
export class RequestTally extends ResponseStats {
  readonly total: Counter
  readonly timeout: Counter
  readonly retry: Counter
  readonly retryLimitExceeded: Counter
  readonly retryOverflow: Counter
  readonly retrySuccess: Counter

  constructor(scope: StatsScope) {
    super(scope)
    this.total = scope.counter('upstream_rq_total')
    this.timeout = scope.counter('upstream_rq_timeout')
    this.retry = scope.counter('upstream_rq_retry')
    this.retryLimitExceeded = scope.counter('upstream_rq_retry_limit_exceeded')
    this.retryOverflow = scope.counter('upstream_rq_retry_overflow')
    this.retrySuccess = scope.counter('upstream_rq_retry_success')
  }
}

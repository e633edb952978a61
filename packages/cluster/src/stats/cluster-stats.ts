import {
  type Counter,
  FateCounters,
  type Gauge,
  type Histogram,
  type StatsScope,
  unmoved,
  WireStats,
} from '@nuncio/core'
import { FlowStats } from './flow-stats.ts'
import { ResponseStats } from './response-stats.ts'

const UNMOVED = [
  'original_dst_host_invalid',
  'upstream_cx_connect_with_0_rtt',
  'upstream_cx_http3_total',
  'upstream_cx_preconnect_skipped',
  'upstream_http3_broken',
  'upstream_rq_0rtt',
  'http1.dropped_headers_with_underscores',
  'http1.metadata_not_supported_error',
  'http1.requests_rejected_with_underscores_in_headers',
  'http1.response_flood',
]

/** Handles to `cluster.<name>.*`, taken once so that the data plane only adds. */
export class ClusterStats {
  readonly scope: StatsScope
  readonly cxTotal: Counter
  readonly cxActive: Gauge
  readonly cxHttp1Total: Counter
  readonly cxHttp2Total: Counter
  readonly cxConnectFail: Counter
  readonly cxConnectTimeout: Counter
  readonly cxConnectAttemptsExceeded: Counter
  readonly cxIdleTimeout: Counter
  readonly cxMaxDuration: Counter
  readonly cxMaxRequests: Counter
  readonly cxOverflow: Counter
  readonly cxPoolOverflow: Counter
  readonly cxDestroy: Counter
  readonly cxDestroyLocal: Counter
  readonly cxDestroyRemote: Counter
  readonly cxDestroyWithActiveRq: Counter
  readonly cxDestroyLocalWithActiveRq: Counter
  readonly cxDestroyRemoteWithActiveRq: Counter
  readonly cxCloseNotify: Counter
  readonly cxProtocolError: Counter
  readonly cxNoneHealthy: Counter
  /** `upstream_cx_{rx,tx}_bytes_*` */
  readonly wire: WireStats
  readonly cxConnectMs: Histogram
  readonly cxLengthMs: Histogram
  readonly rqTotal: Counter
  readonly rqActive: Gauge
  readonly rqPendingTotal: Counter
  readonly rqPendingActive: Gauge
  readonly rqPendingOverflow: Counter
  readonly rqPendingFailureEject: Counter
  readonly rqCancelled: Counter
  readonly rqMaintenanceMode: Counter
  readonly rqTimeout: Counter
  readonly rqMaxDuration: Counter
  readonly rqPerTryTimeout: Counter
  readonly rqPerTryIdleTimeout: Counter
  readonly rqRxReset: Counter
  readonly rqTxReset: Counter
  /** HTTP/2 streams that the host reset without an error. */
  readonly rqRxResetNoError: Counter
  readonly rqRetry: Counter
  readonly rqRetryBackoffExponential: Counter
  readonly rqRetryBackoffRatelimited: Counter
  readonly rqRetryLimitExceeded: Counter
  readonly rqRetrySuccess: Counter
  readonly rqRetryOverflow: Counter
  readonly retryOrShadowAbandoned: Counter
  readonly flow: FlowStats
  readonly internalRedirectSucceeded: Counter
  readonly internalRedirectFailed: Counter
  /** `fate.<name>`: how requests ended whose cluster this was; a request counts once, however often it was tried. */
  readonly fates: FateCounters
  /** Of all requests. */
  readonly responses: ResponseStats
  /** Of those with `x-envoy-internal`, and of the others. */
  readonly internal: ResponseStats
  readonly external: ResponseStats
  /** Of canary hosts. */
  readonly canary: ResponseStats
  /** Of responses that were retried; they count nowhere else. */
  readonly retried: ResponseStats
  readonly #zones = new Map<string, ResponseStats>()

  constructor(scope: StatsScope) {
    this.scope = scope
    this.fates = new FateCounters(scope)
    this.responses = new ResponseStats(scope)
    this.internal = new ResponseStats(scope.scope('internal.'))
    this.external = new ResponseStats(scope.scope('external.'))
    this.canary = new ResponseStats(scope.scope('canary.'))
    this.retried = new ResponseStats(scope.scope('retry.'))
    const c = (name: string): Counter => scope.counter(name)
    this.cxTotal = c('upstream_cx_total')
    this.cxActive = scope.gauge('upstream_cx_active')
    this.cxHttp1Total = c('upstream_cx_http1_total')
    this.cxHttp2Total = c('upstream_cx_http2_total')
    this.cxConnectFail = c('upstream_cx_connect_fail')
    this.cxConnectTimeout = c('upstream_cx_connect_timeout')
    this.cxConnectAttemptsExceeded = c('upstream_cx_connect_attempts_exceeded')
    this.cxIdleTimeout = c('upstream_cx_idle_timeout')
    this.cxMaxDuration = c('upstream_cx_max_duration_reached')
    this.cxMaxRequests = c('upstream_cx_max_requests')
    this.cxOverflow = c('upstream_cx_overflow')
    this.cxPoolOverflow = c('upstream_cx_pool_overflow')
    this.cxDestroy = c('upstream_cx_destroy')
    this.cxDestroyLocal = c('upstream_cx_destroy_local')
    this.cxDestroyRemote = c('upstream_cx_destroy_remote')
    this.cxDestroyWithActiveRq = c('upstream_cx_destroy_with_active_rq')
    this.cxDestroyLocalWithActiveRq = c('upstream_cx_destroy_local_with_active_rq')
    this.cxDestroyRemoteWithActiveRq = c('upstream_cx_destroy_remote_with_active_rq')
    this.cxCloseNotify = c('upstream_cx_close_notify')
    this.cxProtocolError = c('upstream_cx_protocol_error')
    this.cxNoneHealthy = c('upstream_cx_none_healthy')
    this.wire = new WireStats(scope, 'upstream')
    this.cxConnectMs = scope.histogram('upstream_cx_connect_ms')
    this.cxLengthMs = scope.histogram('upstream_cx_length_ms')
    this.rqTotal = c('upstream_rq_total')
    this.rqActive = scope.gauge('upstream_rq_active')
    this.rqPendingTotal = c('upstream_rq_pending_total')
    this.rqPendingActive = scope.gauge('upstream_rq_pending_active')
    this.rqPendingOverflow = c('upstream_rq_pending_overflow')
    this.rqPendingFailureEject = c('upstream_rq_pending_failure_eject')
    this.rqCancelled = c('upstream_rq_cancelled')
    this.rqMaintenanceMode = c('upstream_rq_maintenance_mode')
    this.rqTimeout = c('upstream_rq_timeout')
    this.rqMaxDuration = c('upstream_rq_max_duration_reached')
    this.rqPerTryTimeout = c('upstream_rq_per_try_timeout')
    this.rqPerTryIdleTimeout = c('upstream_rq_per_try_idle_timeout')
    this.rqRxReset = c('upstream_rq_rx_reset')
    this.rqTxReset = c('upstream_rq_tx_reset')
    this.rqRxResetNoError = c('upstream_rq_rx_reset_no_error')
    this.rqRetry = c('upstream_rq_retry')
    this.rqRetryBackoffExponential = c('upstream_rq_retry_backoff_exponential')
    this.rqRetryBackoffRatelimited = c('upstream_rq_retry_backoff_ratelimited')
    this.rqRetryLimitExceeded = c('upstream_rq_retry_limit_exceeded')
    this.rqRetrySuccess = c('upstream_rq_retry_success')
    this.rqRetryOverflow = c('upstream_rq_retry_overflow')
    this.retryOrShadowAbandoned = c('retry_or_shadow_abandoned')
    this.flow = new FlowStats(scope)
    unmoved(scope, UNMOVED, ['upstream_queue_overloaded'])
    this.internalRedirectSucceeded = c('upstream_internal_redirect_succeeded_total')
    this.internalRedirectFailed = c('upstream_internal_redirect_failed_total')
  }

  /** The answer to a request of the proxy's own, or one that the proxy gave in the cluster's place. */
  chargeOwn(status: number): void {
    this.responses.count(status)
    this.internal.count(status)
  }

  /** Of requests from the proxy's own zone to another (or the same). */
  between(from: string, to: string): ResponseStats {
    let stats = this.#zones.get(to)
    if (stats === undefined) this.#zones.set(to, (stats = new ResponseStats(this.scope.scope(`zone.${from}.${to}.`))))
    return stats
  }
}

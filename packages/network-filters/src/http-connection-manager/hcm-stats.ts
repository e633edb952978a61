import {
  type Counter,
  FateCounters,
  type Gauge,
  type Histogram,
  type StatsScope,
  type TraceReason,
  unmoved,
  WireStats,
} from '@nuncio/core'
import { RESPONSE_TOO_LARGE } from '@nuncio/filter-chain'

/** Why requests were traced, or not. */
export type TraceCounters = Readonly<Record<TraceReason | 'health-check', Counter>>

/** Handles to `http.<stat_prefix>.downstream_*`. */
export class HcmStats {
  readonly cxTotal: Counter
  readonly cxActive: Gauge
  readonly cxSslTotal: Counter
  readonly cxSslActive: Gauge
  readonly cxHttp1Total: Counter
  readonly cxHttp1Active: Gauge
  readonly cxHttp2Total: Counter
  readonly cxHttp2Active: Gauge
  readonly cxUpgradesTotal: Counter
  readonly cxUpgradesActive: Gauge
  readonly cxDestroy: Counter
  readonly cxDestroyLocal: Counter
  readonly cxDestroyRemote: Counter
  readonly cxDestroyActiveRq: Counter
  readonly cxDestroyLocalActiveRq: Counter
  readonly cxDestroyRemoteActiveRq: Counter
  readonly cxProtocolError: Counter
  readonly cxLengthMs: Histogram
  /** `downstream_cx_{rx,tx}_bytes_*` */
  readonly wire: WireStats
  readonly cxDrainClose: Counter
  /** The client did not close in time (`delayed_close_timeout`). */
  readonly cxDelayedCloseTimeout: Counter
  /** HTTP/1 connections that have lived long enough, and wait for one more request to close behind. */
  readonly cxHttp1SoftDrain: Gauge
  /** Reading from clients stopped because a request is not taken fast enough, and went on. */
  readonly pausedReading: Counter
  readonly resumedReading: Counter
  readonly cxIdleTimeout: Counter
  readonly cxMaxDuration: Counter
  readonly cxMaxRequests: Counter
  readonly cxOverloadDisableKeepalive: Counter
  readonly rqTotal: Counter
  readonly rqActive: Gauge
  readonly rqHttp1Total: Counter
  readonly rqHttp2Total: Counter
  readonly rqTime: Histogram
  readonly rqRxReset: Counter
  readonly rqTxReset: Counter
  readonly rqTooManyPrematureResets: Counter
  readonly rqNonRelativePath: Counter
  readonly rqTooLarge: Counter
  readonly rqResponseBeforeRqComplete: Counter
  readonly rqIdleTimeout: Counter
  readonly rqMaxDuration: Counter
  readonly rqTimeout: Counter
  readonly rqHeaderTimeout: Counter
  readonly rqOverloadClose: Counter
  readonly rqWsOnNonWsRoute: Counter
  readonly rqRejectedViaIpDetection: Counter
  readonly rqRedirectedWithNormalizedPath: Counter
  readonly rqFailedPathNormalization: Counter
  readonly rsTooLarge: Counter
  /** `http.<prefix>.fate.<name>`: they add up to the requests that ended. */
  readonly fates: FateCounters
  readonly tracing: TraceCounters
  readonly #responses: ResponseClasses
  readonly #ofListener: ResponseClasses

  /** @param listener `listener.<address>.http.<stat_prefix>.` */
  constructor(scope: StatsScope, listener: StatsScope) {
    this.fates = new FateCounters(scope)
    const c = (name: string): Counter => scope.counter(`downstream_${name}`)
    const g = (name: string): Gauge => scope.gauge(`downstream_${name}`)
    this.cxTotal = c('cx_total')
    this.cxActive = g('cx_active')
    this.cxSslTotal = c('cx_ssl_total')
    this.cxSslActive = g('cx_ssl_active')
    this.cxHttp1Total = c('cx_http1_total')
    this.cxHttp1Active = g('cx_http1_active')
    this.cxHttp2Total = c('cx_http2_total')
    this.cxHttp2Active = g('cx_http2_active')
    this.cxUpgradesTotal = c('cx_upgrades_total')
    this.cxUpgradesActive = g('cx_upgrades_active')
    this.cxDestroy = c('cx_destroy')
    this.cxDestroyLocal = c('cx_destroy_local')
    this.cxDestroyRemote = c('cx_destroy_remote')
    this.cxDestroyActiveRq = c('cx_destroy_active_rq')
    this.cxDestroyLocalActiveRq = c('cx_destroy_local_active_rq')
    this.cxDestroyRemoteActiveRq = c('cx_destroy_remote_active_rq')
    this.cxProtocolError = c('cx_protocol_error')
    this.cxLengthMs = scope.histogram('downstream_cx_length_ms')
    this.wire = new WireStats(scope, 'downstream')
    this.cxDrainClose = c('cx_drain_close')
    this.cxIdleTimeout = c('cx_idle_timeout')
    this.cxMaxDuration = c('cx_max_duration_reached')
    this.cxMaxRequests = c('cx_max_requests_reached')
    this.cxOverloadDisableKeepalive = c('cx_overload_disable_keepalive')
    this.rqTotal = c('rq_total')
    this.rqActive = g('rq_active')
    this.rqHttp1Total = c('rq_http1_total')
    this.rqHttp2Total = c('rq_http2_total')
    this.rqTime = scope.histogram('downstream_rq_time')
    this.rqRxReset = c('rq_rx_reset')
    this.rqTxReset = c('rq_tx_reset')
    this.rqTooManyPrematureResets = c('rq_too_many_premature_resets')
    this.rqNonRelativePath = c('rq_non_relative_path')
    this.rqTooLarge = c('rq_too_large')
    this.rqResponseBeforeRqComplete = c('rq_response_before_rq_complete')
    this.rqIdleTimeout = c('rq_idle_timeout')
    this.rqMaxDuration = c('rq_max_duration_reached')
    this.rqTimeout = c('rq_timeout')
    this.rqHeaderTimeout = c('rq_header_timeout')
    this.rqOverloadClose = c('rq_overload_close')
    this.rqWsOnNonWsRoute = c('rq_ws_on_non_ws_route')
    this.rqRejectedViaIpDetection = c('rq_rejected_via_ip_detection')
    this.rqRedirectedWithNormalizedPath = c('rq_redirected_with_normalized_path')
    this.rqFailedPathNormalization = c('rq_failed_path_normalization')
    this.rsTooLarge = scope.counter('rs_too_large')
    this.cxDelayedCloseTimeout = c('cx_delayed_close_timeout')
    this.cxHttp1SoftDrain = g('cx_http1_soft_drain')
    this.pausedReading = c('flow_control_paused_reading_total')
    this.resumedReading = c('flow_control_resumed_reading_total')
    this.tracing = traceCounters(scope.scope('tracing.'))
    this.#responses = new ResponseClasses(scope)
    this.#ofListener = new ResponseClasses(listener)
    unmoved(scope, ['downstream_cx_http3_total', 'downstream_rq_http3_total'], ['downstream_cx_http3_active'])
  }

  /** A connection is there, whatever it will speak. */
  connected(secure: boolean): void {
    this.cxTotal.inc()
    this.cxActive.inc()
    if (!secure) return
    this.cxSslTotal.inc()
    this.cxSslActive.inc()
  }

  /** A connection is over; `local`: the proxy closed it; `brokeOff`: while a request was under way. */
  disconnected(secure: boolean, lengthMs: number, local: boolean, brokeOff: boolean): void {
    this.cxActive.dec()
    if (secure) this.cxSslActive.dec()
    this.cxLengthMs.record(lengthMs)
    this.cxDestroy.inc()
    ;(local ? this.cxDestroyLocal : this.cxDestroyRemote).inc()
    if (!brokeOff) return
    this.cxDestroyActiveRq.inc()
    ;(local ? this.cxDestroyLocalActiveRq : this.cxDestroyRemoteActiveRq).inc()
  }

  /** A request was refused before any filter saw it. */
  refused(status: number, details: string): void {
    if (status === 307) this.rqRedirectedWithNormalizedPath.inc()
    else if (details === 'absolute_path_rejected') this.rqNonRelativePath.inc()
    else if (details === 'path_normalization_failed') this.rqFailedPathNormalization.inc()
    else if (details === 'rejecting_because_detection_failed') this.rqRejectedViaIpDetection.inc()
  }

  /** A filter or the proxy itself answered, for this reason. */
  answeredFor(details: string): void {
    if (details === RESPONSE_TOO_LARGE.details) this.rsTooLarge.inc()
    else if (details === 'request_payload_too_large') this.rqTooLarge.inc()
  }

  countStatus(status: number): void {
    this.#responses.count(status)
    this.#ofListener.count(status)
  }
}

function traceCounters(scope: StatsScope): TraceCounters {
  return {
    'client-forced': scope.counter('client_enabled'),
    'health-check': scope.counter('health_check'),
    'not-traceable': scope.counter('not_traceable'),
    sampling: scope.counter('random_sampling'),
    'service-forced': scope.counter('service_forced'),
  }
}

/** `downstream_rq_completed` and `downstream_rq_<class>xx` below one prefix. */
class ResponseClasses {
  readonly #completed: Counter
  readonly #classes: readonly Counter[]

  constructor(scope: StatsScope) {
    this.#completed = scope.counter('downstream_rq_completed')
    this.#classes = [1, 2, 3, 4, 5].map((group) => scope.counter(`downstream_rq_${group}xx`))
  }

  count(status: number): void {
    this.#completed.inc()
    const group = status >= 100 && status < 600 ? Math.floor(status / 100) - 1 : 4
    this.#classes[group]!.inc()
  }
}

import { type Counter, type Gauge, type Histogram, type StatsScope, unmoved } from '@nuncio/core'

/** Handles to `listener.<address>.*`, taken once. */
export class ListenerStats {
  /** `listener.<address>.` */
  readonly scope: StatsScope
  readonly cxTotal: Counter
  readonly cxActive: Gauge
  readonly cxDestroy: Counter
  readonly cxLengthMs: Histogram
  readonly cxOverflow: Counter
  readonly cxOverloadReject: Counter
  readonly globalCxOverflow: Counter
  readonly preCxTimeout: Counter
  readonly preCxActive: Gauge
  readonly transportSocketConnectTimeout: Counter
  readonly noFilterChainMatch: Counter
  readonly listenerFilterRemoteClose: Counter
  readonly listenerFilterError: Counter
  /** Ours: connections that the kernel could not give us. */
  readonly acceptError: Counter
  /** Ours: network filters that threw; their connections were reset. */
  readonly networkFilterError: Counter
  readonly #ownTotal: Counter
  readonly #ownActive: Gauge

  /** @param thread which event loop the connections are on, in Envoy's words */
  constructor(scope: StatsScope, thread = 'worker_0') {
    this.scope = scope
    this.cxTotal = scope.counter('downstream_cx_total')
    this.cxActive = scope.gauge('downstream_cx_active')
    this.cxDestroy = scope.counter('downstream_cx_destroy')
    this.cxLengthMs = scope.histogram('downstream_cx_length_ms')
    this.cxOverflow = scope.counter('downstream_cx_overflow')
    this.cxOverloadReject = scope.counter('downstream_cx_overload_reject')
    this.globalCxOverflow = scope.counter('downstream_global_cx_overflow')
    this.preCxTimeout = scope.counter('downstream_pre_cx_timeout')
    this.preCxActive = scope.gauge('downstream_pre_cx_active')
    this.transportSocketConnectTimeout = scope.counter('downstream_cx_transport_socket_connect_timeout')
    this.noFilterChainMatch = scope.counter('no_filter_chain_match')
    this.listenerFilterRemoteClose = scope.counter('downstream_listener_filter_remote_close')
    this.listenerFilterError = scope.counter('downstream_listener_filter_error')
    this.acceptError = scope.counter('accept_error')
    this.networkFilterError = scope.counter('network_filter_error')
    const own = scope.scope(`${thread}.`)
    this.#ownTotal = own.counter('downstream_cx_total')
    this.#ownActive = own.gauge('downstream_cx_active')
    unmoved(scope, ['extension_config_missing', 'network_extension_config_missing'])
  }

  /** A filter chain takes a connection. */
  connectionBegins(): void {
    this.cxTotal.inc()
    this.cxActive.inc()
    this.#ownTotal.inc()
    this.#ownActive.inc()
  }

  /** It is over, having lasted so long. */
  connectionEnds(lengthMs: number): void {
    this.cxActive.dec()
    this.cxDestroy.inc()
    this.cxLengthMs.record(lengthMs)
    this.#ownActive.dec()
  }
}

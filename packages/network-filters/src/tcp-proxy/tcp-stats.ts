import { type Counter, type Gauge, type StatsScope, unmoved, WireStats } from '@nuncio/core'

/** `tcp.<stat_prefix>.` by Envoy's names. */
export class TcpStats {
  readonly cxTotal: Counter
  /** No cluster of that name. */
  readonly cxNoRoute: Counter
  /** Closed because the listener drains (`check_drain_close`). */
  readonly cxDrainClose: Counter
  /** Pieces of data that came before there was an upstream. */
  readonly earlyData: Counter
  readonly wire: WireStats
  readonly pausedReading: Counter
  readonly resumedReading: Counter
  readonly idleTimeout: Counter
  readonly maxDuration: Counter
  /** Upstream connections that still had bytes to send when the downstream was gone. */
  readonly upstreamFlushTotal: Counter
  readonly upstreamFlushActive: Gauge

  constructor(scope: StatsScope) {
    this.cxTotal = scope.counter('downstream_cx_total')
    this.cxNoRoute = scope.counter('downstream_cx_no_route')
    this.cxDrainClose = scope.counter('downstream_cx_drain_close')
    this.earlyData = scope.counter('early_data_received_count_total')
    this.wire = new WireStats(scope, 'downstream')
    this.pausedReading = scope.counter('downstream_flow_control_paused_reading_total')
    this.resumedReading = scope.counter('downstream_flow_control_resumed_reading_total')
    this.idleTimeout = scope.counter('idle_timeout')
    this.maxDuration = scope.counter('max_downstream_connection_duration')
    this.upstreamFlushTotal = scope.counter('upstream_flush_total')
    this.upstreamFlushActive = scope.gauge('upstream_flush_active')
    unmoved(scope, ['downstream_cx_overload_close', 'route_delayed_total'])
  }
}

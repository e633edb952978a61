import type { Counter, Gauge, StatsScope } from '@nuncio/core'
import type { Http2Violation } from '@nuncio/http-codec'

/** Handles to `http2.*`: what all downstream HTTP/2 connections have in common. */
export class Http2Stats {
  readonly streamsActive: Gauge
  readonly rxReset: Counter
  readonly txReset: Counter
  readonly trailers: Counter
  readonly goawaySent: Counter
  readonly keepaliveTimeout: Counter
  readonly #violations: ReadonlyMap<Http2Violation, Counter>
  readonly #messaging: Counter

  /** `scope` is `http2.` */
  constructor(scope: StatsScope) {
    this.streamsActive = scope.gauge('streams_active')
    this.rxReset = scope.counter('rx_reset')
    this.txReset = scope.counter('tx_reset')
    this.trailers = scope.counter('trailers')
    this.goawaySent = scope.counter('goaway_sent')
    this.keepaliveTimeout = scope.counter('keepalive_timeout')
    this.#violations = new Map([
      ['http2.header_overflow', scope.counter('header_overflow')],
      ['http2.flood', scope.counter('outbound_control_flood')],
      ['http2.too_many_invalid_frames', scope.counter('inbound_empty_frames_flood')],
    ])
    this.#messaging = scope.counter('rx_messaging_error')
  }

  violation(what: Http2Violation): void {
    // Rapid resets are counted with the requests, as Envoy does.
    if (what !== 'http2.rapid_reset') (this.#violations.get(what) ?? this.#messaging).inc()
  }
}

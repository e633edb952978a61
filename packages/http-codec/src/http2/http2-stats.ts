import type { Counter, Gauge, StatsScope } from '@nuncio/core'
import type { Http2Violation } from './violations.ts'

/** Envoy's `http2.*`: what all HTTP/2 connections of a listener's manager, or of a cluster, have in common. */
export class Http2Stats {
  readonly streamsActive: Gauge
  /** Bytes that wait for windows of the peers. */
  readonly pendingSendBytes: Gauge
  readonly rxReset: Counter
  readonly rxResetNoError: Counter | undefined
  readonly txReset: Counter
  readonly trailers: Counter
  /** Connections that were told their last stream; neither the notice before it counts, nor an end by a violation. */
  readonly goawaySent: Counter
  readonly keepaliveTimeout: Counter
  readonly txFlushTimeout: Counter
  /** Streams beyond the limit, or behind GOAWAY. */
  readonly streamRefusedErrors: Counter
  readonly droppedHeadersWithUnderscores: Counter
  readonly #violations: ReadonlyMap<Http2Violation, Counter>
  readonly #messaging: Counter

  /**
   * `scope` ends in `http2.`; `rxResetNoError` counts whole responses behind which the peer, without an error, wants no more
   * of the request.
   */
  constructor(scope: StatsScope, rxResetNoError?: Counter) {
    this.rxResetNoError = rxResetNoError
    this.streamsActive = scope.gauge('streams_active')
    this.pendingSendBytes = scope.gauge('pending_send_bytes')
    this.rxReset = scope.counter('rx_reset')
    this.txReset = scope.counter('tx_reset')
    this.trailers = scope.counter('trailers')
    this.goawaySent = scope.counter('goaway_sent')
    this.keepaliveTimeout = scope.counter('keepalive_timeout')
    this.txFlushTimeout = scope.counter('tx_flush_timeout')
    this.streamRefusedErrors = scope.counter('stream_refused_errors')
    this.droppedHeadersWithUnderscores = scope.counter('dropped_headers_with_underscores')
    const overflow = scope.counter('header_overflow')
    this.#violations = new Map<Http2Violation, Counter>([
      ['http2.header_list_size_too_large', overflow],
      ['http2.too_many_headers', overflow],
      ['http2.header_field_too_large', overflow],
      ['http2.headers_too_large', overflow],
      ['http2.unexpected_underscore', scope.counter('requests_rejected_with_underscores_in_headers')],
      ['http2.outbound_flood', scope.counter('outbound_flood')],
      ['http2.outbound_control_flood', scope.counter('outbound_control_flood')],
      ['http2.inbound_empty_frames_flood', scope.counter('inbound_empty_frames_flood')],
      ['http2.inbound_priority_frames_flood', scope.counter('inbound_priority_frames_flood')],
      ['http2.inbound_window_update_frames_flood', scope.counter('inbound_window_update_frames_flood')],
    ])
    this.#messaging = scope.counter('rx_messaging_error')
  }

  /** A rule was broken: counts it under the name that Envoy has for it. */
  violation(what: Http2Violation): void {
    // Rapid resets are counted with the requests.
    if (what !== 'http2.rapid_reset') (this.#violations.get(what) ?? this.#messaging).inc()
  }
}

import type { Counter, Gauge, StatsScope } from './stats.ts'

/** Handles to `<side>_cx_{rx,tx}_bytes_{total,buffered}`. */
export class WireStats {
  readonly received: Counter
  readonly sent: Counter
  /** Bytes that came, and nobody has read yet. */
  readonly unread: Gauge
  /** Bytes that were written, and the kernel has not taken yet. */
  readonly unwritten: Gauge

  constructor(scope: StatsScope, side: 'downstream' | 'upstream') {
    this.received = scope.counter(`${side}_cx_rx_bytes_total`)
    this.sent = scope.counter(`${side}_cx_tx_bytes_total`)
    this.unread = scope.gauge(`${side}_cx_rx_bytes_buffered`)
    this.unwritten = scope.gauge(`${side}_cx_tx_bytes_buffered`)
  }
}

/**
 * The part that one connection has in `WireStats`. Counters follow when a stream ends, gauges when somebody is about to
 * read them: a connection does nothing for them while bytes come and go.
 */
export class WireCount {
  #received = 0
  #sent = 0
  #unread = 0
  #unwritten = 0

  /** Bytes so far. */
  count(stats: WireStats, received: number, sent: number): void {
    stats.received.value += received - this.#received
    stats.sent.value += sent - this.#sent
    this.#received = received
    this.#sent = sent
  }

  /** Bytes that wait at this moment; 0 and 0 when the connection is over. */
  show(stats: WireStats, unread: number, unwritten: number): void {
    move(stats.unread, unread - this.#unread)
    move(stats.unwritten, unwritten - this.#unwritten)
    this.#unread = unread
    this.#unwritten = unwritten
  }
}

/** A gauge that never moved is one that was never used. */
function move(gauge: Gauge, by: number): void {
  if (by !== 0) gauge.set(gauge.value + by)
}

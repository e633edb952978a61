import type { Gauge, StatsScope } from '@nuncio/core'
import type { CircuitBreaker } from './circuit-breaker.ts'

/**
 * The gauges of one circuit breaker: `circuit_breakers.<default|high>.*`. The counts themselves are plain numbers that
 * the data plane moves, so the gauges are brought up to date when somebody reads: call `update` before.
 */
export class CircuitBreakerGauges {
  readonly #breaker: CircuitBreaker
  readonly #open: readonly [Gauge, Gauge, Gauge, Gauge, Gauge]
  readonly #remaining: readonly [Gauge, Gauge, Gauge, Gauge, Gauge] | undefined

  /** `scope` is the cluster's (`cluster.<name>.`). */
  constructor(breaker: CircuitBreaker, scope: StatsScope, priority: 0 | 1) {
    const g = (name: string): Gauge => scope.gauge(`circuit_breakers.${priority === 0 ? 'default' : 'high'}.${name}`)
    this.#breaker = breaker
    this.#open = [g('cx_open'), g('rq_pending_open'), g('rq_open'), g('rq_retry_open'), g('cx_pool_open')]
    this.#remaining =
      breaker.limits.trackRemaining === true
        ? [
            g('remaining_cx'),
            g('remaining_pending'),
            g('remaining_rq'),
            g('remaining_retries'),
            g('remaining_cx_pools'),
          ]
        : undefined
    this.update()
  }

  update(): void {
    const b = this.#breaker
    const [cx, pending, rq, retry, pool] = this.#open
    show(cx, b.mayConnect() ? 0 : 1)
    show(pending, b.mayQueue() ? 0 : 1)
    show(rq, b.mayRequest() ? 0 : 1)
    show(retry, b.mayRetry() ? 0 : 1)
    show(pool, b.mayPool() ? 0 : 1)
    if (this.#remaining === undefined) return
    this.#remaining[0].set(Math.max(0, b.limits.maxConnections - b.connections))
    this.#remaining[1].set(Math.max(0, b.limits.maxPendingRequests - b.pending))
    this.#remaining[2].set(Math.max(0, b.limits.maxRequests - b.requests))
    this.#remaining[3].set(Math.max(0, b.maxRetries - b.retries))
    this.#remaining[4].set(Math.max(0, Math.min(b.limits.maxConnectionPools ?? NO_LIMIT, NO_LIMIT) - b.pools))
  }
}

/** What Envoy shows of a limit that nobody has set. */
const NO_LIMIT = 2 ** 64

/** A breaker that has never opened is a gauge that was never used. */
function show(gauge: Gauge, value: 0 | 1): void {
  if (gauge.value !== value) gauge.set(value)
}

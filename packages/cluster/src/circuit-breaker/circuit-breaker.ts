/** Limits of one routing priority; Infinity = none. */
export interface CircuitBreakerLimits {
  readonly maxConnections: number
  readonly maxPendingRequests: number
  readonly maxRequests: number
  readonly maxRetries: number
  /** When set it replaces `maxRetries`. */
  readonly retryBudget: { readonly percent: number; readonly minConcurrency: number } | undefined
  /** `max_connection_pools`; absent = none. */
  readonly maxConnectionPools?: number
  /** Whether gauges show how much is left. */
  readonly trackRemaining?: boolean
}

/**
 * The counts that a cluster's circuit breaker limits, for one routing priority. Adding never fails; ask `may…` first.
 * A host that has no connection may always open one, which is the pool's business.
 */
export class CircuitBreaker {
  readonly limits: CircuitBreakerLimits
  connections = 0
  pending = 0
  requests = 0
  retries = 0
  /** Connection pools of the cluster; counted only for `max_connection_pools`. */
  pools = 0

  constructor(limits: CircuitBreakerLimits) {
    this.limits = limits
  }

  mayConnect(): boolean {
    return this.connections < this.limits.maxConnections
  }
  mayQueue(): boolean {
    return this.pending < this.limits.maxPendingRequests
  }
  mayRequest(): boolean {
    return this.requests < this.limits.maxRequests
  }
  mayRetry(): boolean {
    return this.retries < this.maxRetries
  }
  mayPool(): boolean {
    return this.pools < (this.limits.maxConnectionPools ?? Number.POSITIVE_INFINITY)
  }
  /** Retries that may run at once now: the budget follows the load. */
  get maxRetries(): number {
    const budget = this.limits.retryBudget
    if (budget === undefined) return this.limits.maxRetries
    return Math.max(budget.minConcurrency, Math.floor((budget.percent / 100) * (this.requests + this.pending)))
  }
}

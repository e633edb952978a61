import { StatsStore } from '@nuncio/core'
import { describe, expect, it } from 'vitest'
import { CircuitBreaker, type CircuitBreakerLimits } from './circuit-breaker.ts'
import { CircuitBreakerGauges } from './gauges.ts'

const LIMITS: CircuitBreakerLimits = {
  maxConnections: 2,
  maxPendingRequests: 1,
  maxRequests: 3,
  maxRetries: 1,
  retryBudget: undefined,
  maxConnectionPools: 1,
}

describe('a circuit breaker', () => {
  it('lets through what is below its limits', () => {
    const breaker = new CircuitBreaker(LIMITS)
    const open = () => [
      breaker.mayConnect(),
      breaker.mayQueue(),
      breaker.mayRequest(),
      breaker.mayRetry(),
      breaker.mayPool(),
    ]
    expect(open()).toEqual([true, true, true, true, true])
    Object.assign(breaker, { connections: 2, pending: 1, requests: 3, retries: 1, pools: 1 })
    expect(open()).toEqual([false, false, false, false, false])
    expect(new CircuitBreaker({ ...LIMITS, maxConnectionPools: undefined as never }).mayPool()).toBe(true)
  })

  it('has a retry budget that follows the load', () => {
    const breaker = new CircuitBreaker({ ...LIMITS, retryBudget: { percent: 20, minConcurrency: 3 } })
    expect(breaker.maxRetries).toBe(3)
    Object.assign(breaker, { requests: 30, pending: 9 })
    expect(breaker.maxRetries).toBe(7)
    breaker.retries = 7
    expect(breaker.mayRetry()).toBe(false)
  })
})

describe('its gauges', () => {
  it('show which limits are reached, and what is left when that is tracked', () => {
    const store = new StatsStore()
    const gauges = (priority: 0 | 1, trackRemaining: boolean) => {
      const breaker = new CircuitBreaker({ ...LIMITS, trackRemaining })
      Object.assign(breaker, { connections: 2, requests: 1 })
      const shown = new CircuitBreakerGauges(breaker, store.scope('cluster.c.'), priority)
      breaker.requests = 3
      shown.update()
    }
    gauges(0, false)
    gauges(1, true)
    const values = Object.fromEntries(
      [...store.gauges].map(([name, gauge]) => [name.slice('cluster.c.circuit_breakers.'.length), gauge.value]),
    )
    expect(values).toEqual({
      'default.cx_open': 1,
      'default.rq_pending_open': 0,
      'default.rq_open': 1,
      'default.rq_retry_open': 0,
      'default.cx_pool_open': 0,
      'high.cx_open': 1,
      'high.rq_pending_open': 0,
      'high.rq_open': 1,
      'high.rq_retry_open': 0,
      'high.cx_pool_open': 0,
      'high.remaining_cx': 0,
      'high.remaining_pending': 1,
      'high.remaining_rq': 0,
      'high.remaining_retries': 1,
      'high.remaining_cx_pools': 1,
    })
  })
})

import type { Message } from '@nuncio/config'
import type { Runtime } from '@nuncio/core'
import type { CircuitBreakerLimits } from '../circuit-breaker/circuit-breaker.ts'
import { reportAt, type Reporting } from './problems.ts'

type Cluster = Message<'envoy.config.cluster.v3.Cluster'>
type Thresholds = Message<'envoy.config.cluster.v3.CircuitBreakers.Thresholds'>

const DEFAULT_LIMIT = 1024
const DEFAULT_RETRIES = 3

/**
 * The limits of one routing priority. The first entry of that priority counts; the runtime's
 * `circuit_breakers.<cluster>.<default|high>.<field>` stands above it, and the limits follow it when it changes.
 */
export function decideBreaker(config: Cluster, priority: 'DEFAULT' | 'HIGH', runtime: Runtime): CircuitBreakerLimits {
  const decide = (): CircuitBreakerLimits => limitsNow(config, priority, runtime)
  return runtime.version === undefined ? decide() : new RuntimeLimits(runtime, decide)
}

/** Limits as they are under the values that the runtime has now. */
class RuntimeLimits implements CircuitBreakerLimits {
  readonly #runtime: Runtime
  readonly #decide: () => CircuitBreakerLimits
  #version: number | undefined
  #limits: CircuitBreakerLimits

  constructor(runtime: Runtime, decide: () => CircuitBreakerLimits) {
    this.#runtime = runtime
    this.#decide = decide
    this.#version = runtime.version
    this.#limits = decide()
  }

  get maxConnections(): number {
    return this.#now.maxConnections
  }
  get maxPendingRequests(): number {
    return this.#now.maxPendingRequests
  }
  get maxRequests(): number {
    return this.#now.maxRequests
  }
  get maxRetries(): number {
    return this.#now.maxRetries
  }
  get retryBudget(): CircuitBreakerLimits['retryBudget'] {
    return this.#now.retryBudget
  }
  get maxConnectionPools(): number {
    return this.#now.maxConnectionPools ?? Number.POSITIVE_INFINITY
  }
  get trackRemaining(): boolean {
    return this.#limits.trackRemaining === true
  }

  get #now(): CircuitBreakerLimits {
    const { version } = this.#runtime
    if (version !== this.#version) {
      this.#version = version
      this.#limits = this.#decide()
    }
    return this.#limits
  }
}

function limitsNow(config: Cluster, priority: 'DEFAULT' | 'HIGH', runtime: Runtime): CircuitBreakerLimits {
  const entry = config.circuit_breakers?.thresholds?.find((item) => (item.priority ?? 'DEFAULT') === priority) ?? {}
  const key = `circuit_breakers.${config.name ?? ''}.${priority.toLowerCase()}.`
  const limit = (name: keyof Thresholds, fallback: number): number => {
    const value = runtime.number(key + name, fallback)
    return value >= 0 ? value : fallback
  }
  const pools = limit('max_connection_pools', entry.max_connection_pools ?? Number.POSITIVE_INFINITY)
  const budget = entry.retry_budget
  return {
    maxConnections: limit('max_connections', entry.max_connections ?? DEFAULT_LIMIT),
    maxPendingRequests: limit('max_pending_requests', entry.max_pending_requests ?? DEFAULT_LIMIT),
    maxRequests: limit('max_requests', entry.max_requests ?? DEFAULT_LIMIT),
    maxRetries: limit('max_retries', entry.max_retries ?? DEFAULT_RETRIES),
    retryBudget: budget && {
      percent: runtime.number(`${key}retry_budget.budget_percent`, budget.budget_percent?.value ?? 20),
      minConcurrency: runtime.number(`${key}retry_budget.min_retry_concurrency`, budget.min_retry_concurrency ?? 3),
    },
    maxConnectionPools: pools,
    trackRemaining: entry.track_remaining ?? false,
  }
}

const PER_HOST_ONLY = ['max_pending_requests', 'max_requests', 'max_retries', 'retry_budget'] as const

/** Most connections to one host; only `max_connections` may be limited per host. */
export function decideHostLimit(config: Cluster, to: Reporting): number {
  const entries = config.circuit_breakers?.per_host_thresholds ?? []
  for (const [index, entry] of entries.entries()) {
    for (const field of [...PER_HOST_ONLY, 'max_connection_pools'] as const) {
      if (entry[field] === undefined) continue
      const message = `per_host_thresholds may limit max_connections only, not ${field}`
      reportAt(to, entry, `circuit_breakers.per_host_thresholds[${index}].${field}`, { code: 'bad-value', message })
    }
  }
  const entry = entries.find((item) => (item.priority ?? 'DEFAULT') === 'DEFAULT')
  return entry?.max_connections ?? Number.POSITIVE_INFINITY
}

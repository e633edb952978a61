import type { CircuitBreaker, ClusterInfo, RequestTally } from '@nuncio/cluster'
import type { RandomGenerator, RequestHeaders, ResetReason, ResponseHeaders, Runtime, TimeSource } from '@nuncio/core'
import { type HeaderPredicate, parseRetryOn, RetryOn, type RetryPolicy } from '@nuncio/router'

/** Whether to try again, and if not, why not. */
export type RetryDecision = 'yes' | 'no' | 'limit' | 'overflow'

const GRPC_CONDITIONS: Readonly<Record<string, number>> = {
  1: RetryOn.cancelled,
  4: RetryOn['deadline-exceeded'],
  8: RetryOn['resource-exhausted'],
  13: RetryOn.internal,
  14: RetryOn.unavailable,
}
const ON_RESET = RetryOn['5xx'] | RetryOn['gateway-error'] | RetryOn.reset
const ON_CONNECT = ON_RESET | RetryOn['connect-failure']
const REQUEST_HEADERS = [
  'x-envoy-retry-on', 'x-envoy-retry-grpc-on', 'x-envoy-max-retries', 'x-envoy-retriable-status-codes', 'x-envoy-retriable-header-names',
] as const // prettier-ignore

/** The policy of a request that no route gave one, when headers ask for retries. */
const BARE: RetryPolicy = {
  on: 0, numRetries: 1, perTryTimeoutMs: 0, perTryIdleTimeoutMs: 0, retriableStatusCodes: [], retriableHeaders: [],
  retriableRequestHeaders: [], baseIntervalMs: 25, maxIntervalMs: 250, rateLimited: undefined, hostPredicates: [],
  priorityPredicate: undefined, hostSelectionAttempts: 1,
} // prettier-ignore

/** What retries need of the world. */
export interface RetryWorld {
  readonly random: RandomGenerator
  readonly runtime: Runtime
  readonly time: TimeSource
}

/** The retries of one request: what is retried, how many are left, how long to wait. */
export class RetryState {
  readonly policy: RetryPolicy
  #on: number
  #left: number
  #codes: readonly number[]
  #headers: readonly HeaderPredicate[]
  #limitMs: number
  /** The beginning of the request is gone: what would be retried is said, and nothing is counted or held for it. */
  bodyLost = false
  #held = false
  readonly #cluster: ClusterInfo
  readonly #breaker: CircuitBreaker
  readonly #world: RetryWorld
  readonly #tallies: readonly RequestTally[]
  /** Interval that the last response asked for, ms; -1 = none. */
  #askedMs = -1

  constructor(
    policy: RetryPolicy,
    headers: RequestHeaders,
    cluster: ClusterInfo,
    breaker: CircuitBreaker,
    world: RetryWorld,
    tallies: readonly RequestTally[],
  ) {
    this.#tallies = tallies
    this.policy = policy
    this.#cluster = cluster
    this.#breaker = breaker
    this.#world = world
    this.#on = policy.on
    this.#left = policy.numRetries
    this.#codes = policy.retriableStatusCodes
    this.#headers = policy.retriableHeaders
    this.#limitMs = Math.max(1, policy.baseIntervalMs)
    this.#readHeaders(headers)
    if (policy.retriableRequestHeaders.length > 0 && !policy.retriableRequestHeaders.some((p) => p.matches(headers)))
      this.#on = 0
  }

  /** Undefined when nothing would ever be retried. The headers that ask for retries are consumed in any case. */
  static create(
    policy: RetryPolicy | undefined,
    headers: RequestHeaders,
    cluster: ClusterInfo,
    breaker: CircuitBreaker,
    world: RetryWorld,
    tallies: readonly RequestTally[],
  ): RetryState | undefined {
    const asked = headers.has('x-envoy-retry-on') || headers.has('x-envoy-retry-grpc-on')
    const state =
      policy === undefined && !asked
        ? undefined
        : new RetryState(policy ?? BARE, headers, cluster, breaker, world, tallies)
    // Requests from outside lost them before the filters.
    if (asked || headers.has('x-envoy-internal')) for (const name of REQUEST_HEADERS) headers.remove(name)
    return state === undefined || state.#on === 0 ? undefined : state
  }

  #readHeaders(headers: RequestHeaders): void {
    this.#on |=
      parseRetryOn(headers.get('x-envoy-retry-on') ?? '') | parseRetryOn(headers.get('x-envoy-retry-grpc-on') ?? '')
    const max = headers.get('x-envoy-max-retries')
    if (max !== undefined && /^\d{1,9}$/.test(max)) this.#left = Number(max)
    const codes = headers.get('x-envoy-retriable-status-codes')
    if (codes !== undefined) {
      this.#codes = [
        ...this.#codes,
        ...codes
          .split(',')
          .map((code) => Number(code.trim()))
          .filter((code) => Number.isInteger(code)),
      ]
    }
    const names = headers.get('x-envoy-retriable-header-names')
    if (names !== undefined) {
      const present = names
        .split(',')
        .map((name) => name.trim().toLowerCase())
        .filter((name) => name !== '')
      this.#headers = [
        ...this.#headers,
        ...present.map((name) => ({
          matches: (h: { getJoined(name: string): string | undefined }) => h.getJoined(name) !== undefined,
        })),
      ]
    }
  }

  /** Whether a response would be retried, leaving numbers and breakers aside. */
  wouldRetryResponse(headers: ResponseHeaders): boolean {
    const on = this.#on
    const status = headers.status
    if (headers.has('x-envoy-ratelimited')) return (on & RetryOn['envoy-ratelimited']) !== 0
    if ((on & RetryOn['5xx']) !== 0 && status >= 500 && status < 600) return true
    if ((on & RetryOn['gateway-error']) !== 0 && status >= 502 && status <= 504) return true
    if ((on & RetryOn['retriable-4xx']) !== 0 && status === 409) return true
    if ((on & RetryOn['retriable-status-codes']) !== 0 && this.#codes.includes(status)) return true
    if ((on & RetryOn['retriable-headers']) !== 0 && this.#headers.some((predicate) => predicate.matches(headers)))
      return true
    const grpc = headers.get('grpc-status')
    return grpc !== undefined && (on & (GRPC_CONDITIONS[grpc] ?? 0)) !== 0
  }

  /** Whether a try that ended without a response would be retried. `sent`: some of the request left for the upstream. */
  wouldRetryReset(reason: ResetReason | 'timeout', sent: boolean): boolean {
    const on = this.#on
    if (reason === 'overflow') return false
    if ((on & RetryOn['reset-before-request']) !== 0 && !sent) return true
    if (reason.endsWith('connection failure') || reason === 'connection timeout') return (on & ON_CONNECT) !== 0
    if (reason === 'remote refused stream reset') return (on & (ON_RESET | RetryOn['refused-stream'])) !== 0
    return (on & ON_RESET) !== 0
  }

  decideResponse(headers: ResponseHeaders): RetryDecision {
    if (!this.wouldRetryResponse(headers)) {
      this.#succeeded()
      return 'no'
    }
    this.#askedMs = this.#askedInterval(headers)
    return this.#gate()
  }
  /** A try goes on too long and another may run beside it: that asks no condition, only whether a retry is left. */
  decideHedge(): RetryDecision {
    this.#askedMs = -1
    return this.#gate()
  }
  decideReset(reason: ResetReason | 'timeout', sent: boolean): RetryDecision {
    this.#askedMs = -1
    if (this.wouldRetryReset(reason, sent)) return this.#gate()
    this.release()
    return 'no'
  }

  #gate(): RetryDecision {
    this.release()
    if (this.bodyLost) return 'yes'
    if (this.#left === 0) {
      this.#cluster.stats.rqRetryLimitExceeded.inc()
      for (const tally of this.#tallies) tally.retryLimitExceeded.inc()
      return 'limit'
    }
    this.#left--
    if (!this.#breaker.mayRetry()) {
      this.#cluster.stats.rqRetryOverflow.inc()
      for (const tally of this.#tallies) tally.retryOverflow.inc()
      return 'overflow'
    }
    const share = this.#world.runtime.number('upstream.use_retry', 100)
    if (share < 100 && this.#world.random.uint32() % 100 >= share) return 'no'
    this.#held = true
    this.#breaker.retries++
    this.#cluster.stats.rqRetry.inc()
    for (const tally of this.#tallies) tally.retry.inc()
    return 'yes'
  }

  /** How long to wait before the next try, ms. */
  backOffMs(): number {
    if (this.#askedMs >= 0) {
      this.#cluster.stats.rqRetryBackoffRatelimited.inc()
      return this.#askedMs + (this.#world.random.uint32() % Math.max(1, Math.floor(this.#askedMs / 2)))
    }
    this.#cluster.stats.rqRetryBackoffExponential.inc()
    const limit = this.#limitMs
    this.#limitMs = Math.min(limit * 2, this.policy.maxIntervalMs)
    return this.#world.random.uint32() % Math.max(1, Math.floor(limit))
  }

  /** A try came through: counts the success and gives the breaker its place back. */
  #succeeded(): void {
    if (this.#held) {
      this.#cluster.stats.rqRetrySuccess.inc()
      for (const tally of this.#tallies) tally.retrySuccess.inc()
    }
    this.release()
  }

  /** Gives the place in the circuit breaker back; harmless when there is none. */
  release(): void {
    if (!this.#held) return
    this.#held = false
    this.#breaker.retries--
  }

  #askedInterval(headers: ResponseHeaders): number {
    const rule = this.policy.rateLimited
    if (rule === undefined) return -1
    for (const { name, unix } of rule.headers) {
      const value = headers.get(name)
      if (value === undefined || !/^\d{1,15}$/.test(value)) continue
      const ms = unix ? Number(value) * 1000 - this.#world.time.wallMs() : Number(value) * 1000
      if (ms >= 0 && ms <= rule.maxIntervalMs) return ms
    }
    return -1
  }
}

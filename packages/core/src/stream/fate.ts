import type { Counter, StatsScope } from '../stats/stats.ts'

/** How a request can end: each ends in exactly one of these, so they add up to the requests. */
export const FATES = {
  success: 'a response of the upstream with a status below 500',
  success_after_retry: 'the same, but not from the first try',
  not_retryable: 'a 5xx of the upstream that no retry policy covers',
  retry_limit: 'a failure that would be retried, but no retries are left',
  budget_exhausted: 'a failure that would be retried, but the circuit breaker of retries or their budget is used up',
  body_too_large_to_replay: 'a failure that would be retried, but the body of the request was not kept',
  timeout: 'a timeout of the route, a try or the stream',
  no_route: 'no route matched',
  no_cluster: 'the route names a cluster that is not there',
  no_healthy_host: 'no host could be chosen',
  overflow: 'a circuit breaker, maintenance mode or drop_overloads refused it',
  local_reply: 'the proxy answered by itself: a filter, a redirect, a direct response, a refused request',
  client_abort: 'the client went away before the end of the response',
  upstream_error: 'the upstream could not be reached or broke off, and that is not retried',
  upgraded: 'it became a tunnel',
  internal_redirect: 'a redirect that the proxy followed by itself; the request that it became has a fate of its own',
} as const

/** What became of a request; each has exactly one. */
export type Fate = keyof typeof FATES

/** Counters `fate.<name>` below a scope, each made when it is first needed. */
export class FateCounters {
  readonly #scope: StatsScope
  readonly #counters: { [K in Fate]?: Counter } = {}

  constructor(scope: StatsScope) {
    this.#scope = scope
  }

  count(fate: Fate): void {
    ;(this.#counters[fate] ??= this.#scope.counter(`fate.${fate}`)).inc()
  }
}

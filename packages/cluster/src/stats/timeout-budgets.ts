import type { Histogram, StatsScope } from '@nuncio/core'

/** How much of its timeout a request used, and how much of the per-try timeout each try, in percent. */
export class TimeoutBudgets {
  readonly #global: Histogram
  readonly #perTry: Histogram

  /** `scope` is the cluster's. */
  constructor(scope: StatsScope) {
    this.#global = scope.histogram('upstream_rq_timeout_budget_percent_used')
    this.#perTry = scope.histogram('upstream_rq_timeout_budget_per_try_percent_used')
  }

  /** Times in ms; a timeout of 0 is none, and 0 % of it is used. */
  request(tookMs: number, timeoutMs: number): void {
    this.#global.record(percent(tookMs, timeoutMs))
  }
  try(tookMs: number, timeoutMs: number): void {
    this.#perTry.record(percent(tookMs, timeoutMs))
  }
}

function percent(tookMs: number, timeoutMs: number): number {
  return timeoutMs <= 0 ? 0 : Math.floor((tookMs * 100) / timeoutMs)
}

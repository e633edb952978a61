import type { Counter, Histogram, StatsScope } from '@nuncio/core'

/**
 * Responses counted below one scope the way Envoy does it: `upstream_rq_completed`, `_2xx`, `_200`, and the histogram
 * `upstream_rq_time`. Handles are made when they are first needed.
 */
export class ResponseStats {
  readonly scope: StatsScope
  readonly #classes: (Counter | undefined)[] = []
  readonly #codes: (Counter | undefined)[] = []
  #completed: Counter | undefined = undefined
  #time: Histogram | undefined = undefined

  constructor(scope: StatsScope) {
    this.scope = scope
  }

  count(status: number): void {
    ;(this.#completed ??= this.scope.counter('upstream_rq_completed')).inc()
    const group = Math.floor(status / 100)
    ;(this.#classes[group] ??= this.scope.counter(`upstream_rq_${group}xx`)).inc()
    ;(this.#codes[status] ??= this.scope.counter(`upstream_rq_${status}`)).inc()
  }

  /** How long a response took from the end of the request to its own, ms. */
  took(ms: number): void {
    ;(this.#time ??= this.scope.histogram('upstream_rq_time')).record(Math.round(ms))
  }
}

import type { Counter, StatsScope } from '@nuncio/core'

/** Envoy's `http.<prefix>.health_check.*`: of the requests that the filter answers itself. */
export class HealthCheckStats {
  readonly #requests: Counter
  readonly #ok: Counter
  readonly #failed: Counter
  readonly #degraded: Counter
  readonly #byDetails: ReadonlyMap<string, Counter>

  constructor(stats: StatsScope) {
    const scope = stats.scope('health_check.')
    this.#requests = scope.counter('request_total')
    this.#ok = scope.counter('ok')
    this.#failed = scope.counter('failed')
    this.#degraded = scope.counter('degraded')
    this.#byDetails = new Map([
      ['health_check_cached', scope.counter('cached_response')],
      ['health_check_failed_no_cluster_found', scope.counter('failed_cluster_not_found')],
      ['health_check_failed_cluster_empty', scope.counter('failed_cluster_empty')],
      ['health_check_failed_cluster_unhealthy', scope.counter('failed_cluster_unhealthy')],
    ])
  }

  answered(ok: boolean, details: string, degraded: boolean): void {
    this.#requests.inc()
    ;(ok ? this.#ok : this.#failed).inc()
    this.#byDetails.get(details)?.inc()
    if (degraded) this.#degraded.inc()
  }
}

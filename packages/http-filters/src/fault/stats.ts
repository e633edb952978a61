import type { Counter, Gauge, StatsScope } from '@nuncio/core'

const MAX_CLUSTERS = 1000

/** `http.<stat_prefix>.fault.*`, and the same below the name of a calling service cluster. */
export class FaultStats {
  readonly aborts: Counter
  readonly delays: Counter
  readonly overflow: Counter
  readonly slowed: Counter
  readonly active: Gauge
  readonly #scope: StatsScope
  readonly #clusters = new Set<string>()

  constructor(stats: StatsScope) {
    this.#scope = stats.scope('fault.')
    this.aborts = this.#scope.counter('aborts_injected')
    this.delays = this.#scope.counter('delays_injected')
    this.overflow = this.#scope.counter('faults_overflow')
    this.slowed = this.#scope.counter('response_rl_injected')
    this.active = this.#scope.gauge('active_faults')
  }

  /** Callers name themselves, so that only the first thousand names get counters. */
  countFor(cluster: string, what: 'aborts_injected' | 'delays_injected'): void {
    if (!this.#clusters.has(cluster)) {
      if (this.#clusters.size >= MAX_CLUSTERS) return
      this.#clusters.add(cluster)
    }
    this.#scope.counter(`${cluster}.${what}`).inc()
  }
}

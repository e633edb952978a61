import type { PrioritySet } from '@nuncio/cluster'
import { type Counter, type Gauge, type StatsScope, unmoved } from '@nuncio/core'

/** Handles to `cluster.<name>.membership_*`, and to what discovery counts. */
export class MembershipStats {
  /** Discovery: asked, answered with success, with failure, with nothing; an answer that changed nothing. */
  readonly updateAttempt: Counter
  readonly updateSuccess: Counter
  readonly updateFailure: Counter
  readonly updateEmpty: Counter
  readonly updateNoRebuild: Counter
  /** EDS: assignments that are good for some time only, and those that got too old. */
  readonly assignmentTimeout: Counter
  readonly assignmentStale: Counter
  readonly #change: Counter
  readonly #total: Gauge
  readonly #healthy: Gauge
  readonly #degraded: Gauge
  readonly #excluded: Gauge
  readonly #maxWeight: Gauge

  /** `scope` is the cluster's. */
  constructor(scope: StatsScope) {
    this.updateAttempt = scope.counter('update_attempt')
    this.updateSuccess = scope.counter('update_success')
    this.updateFailure = scope.counter('update_failure')
    this.updateEmpty = scope.counter('update_empty')
    this.updateNoRebuild = scope.counter('update_no_rebuild')
    this.assignmentTimeout = scope.counter('assignment_timeout_received')
    this.assignmentStale = scope.counter('assignment_stale')
    scope.gauge('version')
    unmoved(scope, ['assignment_use_cached'])
    this.#change = scope.counter('membership_change')
    this.#total = scope.gauge('membership_total')
    this.#healthy = scope.gauge('membership_healthy')
    this.#degraded = scope.gauge('membership_degraded')
    this.#excluded = scope.gauge('membership_excluded')
    this.#maxWeight = scope.gauge('max_host_weight')
  }

  /** Shows the hosts as they are now; `moved` says whether any came or went. */
  show(priorities: PrioritySet, moved: boolean): void {
    if (moved) this.#change.inc()
    let [total, healthy, degraded, excluded, heaviest] = [0, 0, 0, 0, 0]
    for (const level of priorities.levels) {
      total += level.hosts.length
      healthy += level.healthy.length
      degraded += level.degraded.length
      excluded += level.excluded.length
      for (const host of level.hosts) heaviest = Math.max(heaviest, host.weight)
    }
    this.#total.set(total)
    this.#healthy.set(healthy)
    this.#degraded.set(degraded)
    this.#excluded.set(excluded)
    this.#maxWeight.set(heaviest)
  }
}

import type { Problem } from '@nuncio/config'
import type { Counter, Gauge, StatsStore } from '@nuncio/core'
import type { ReloadOutcome } from './contracts.ts'

/** Handles to `server.config_*` and `server.reload_*`. */
export class ReloadStats {
  readonly generation: Gauge
  /** Seconds since 1970-01-01 UTC at which the configuration in use was applied. */
  readonly appliedAt: Gauge
  readonly attempt: Counter
  readonly success: Counter
  readonly unchanged: Counter
  readonly rejected: Counter
  /** Among those rejected: an address could not be bound. */
  readonly bindFailed: Counter
  /** … a private key that does not belong to its certificate. */
  readonly keyMismatch: Counter
  /** The file could not be read. */
  readonly fileError: Counter
  /** Changes of the file that were taken together with others. */
  readonly coalesced: Counter

  constructor(stats: StatsStore) {
    const scope = stats.scope('server.')
    this.generation = scope.gauge('config_generation')
    this.appliedAt = scope.gauge('config_applied_at')
    this.attempt = scope.counter('reload_attempt')
    this.success = scope.counter('reload_success')
    this.unchanged = scope.counter('reload_unchanged')
    this.rejected = scope.counter('reload_rejected')
    this.bindFailed = scope.counter('reload_bind_failed')
    this.keyMismatch = scope.counter('reload_key_mismatch')
    this.fileError = scope.counter('reload_file_error')
    this.coalesced = scope.counter('reload_coalesced')
  }

  /** A reload came to its end. */
  count({ outcome, problems }: Pick<ReloadOutcome, 'outcome' | 'problems'>): void {
    this.attempt.inc()
    if (outcome === 'applied') return this.success.inc()
    if (outcome === 'unchanged') return this.unchanged.inc()
    this.rejected.inc()
    if (has(problems, 'address-in-use')) this.bindFailed.inc()
    if (has(problems, 'key-mismatch')) this.keyMismatch.inc()
  }
}

function has(problems: readonly Problem[], code: string): boolean {
  return problems.some((problem) => problem.code === code)
}

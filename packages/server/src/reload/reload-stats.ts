import type { Counter, Gauge, StatsStore } from '@nuncio/core'

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
    this.fileError = scope.counter('reload_file_error')
    this.coalesced = scope.counter('reload_coalesced')
  }
}

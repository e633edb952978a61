import type { Counter } from '@nuncio/core'
import type { FilterContext } from '@nuncio/filter-chain'

/** `<stat_prefix>.http_local_rate_limit.*`, at the root of all statistics. */
export class LocalRateLimitStats {
  readonly enabled: Counter
  readonly enforced: Counter
  readonly limited: Counter
  readonly ok: Counter
  readonly shadowed: Counter

  constructor(prefix: string, context: Pick<FilterContext, 'stats'>) {
    const scope = context.stats.store.scope(`${prefix}.http_local_rate_limit.`)
    this.enabled = scope.counter('enabled')
    this.enforced = scope.counter('enforced')
    this.limited = scope.counter('rate_limited')
    this.ok = scope.counter('ok')
    this.shadowed = scope.counter('shadow_mode')
  }
}

import type { ClusterInfo } from '@nuncio/cluster'
import type { Counter, StatsScope } from '@nuncio/core'

/** `http.<stat_prefix>.ext_authz.[<stat_prefix>.]*` */
export class AuthzStats {
  readonly ok: Counter
  readonly denied: Counter
  readonly error: Counter
  readonly invalid: Counter
  readonly disabled: Counter
  readonly failureModeAllowed: Counter
  readonly ignoredMetadata: Counter
  readonly shadowDenied: Counter
  readonly shadowError: Counter
  readonly #prefix: string
  readonly #byCluster = new WeakMap<ClusterInfo, AuthzClusterStats>()

  constructor(scope: StatsScope, statPrefix: string) {
    this.#prefix = statPrefix === '' ? 'ext_authz.' : `ext_authz.${statPrefix}.`
    const counter = (name: string): Counter => scope.counter(this.#prefix + name)
    this.ok = counter('ok')
    this.denied = counter('denied')
    this.error = counter('error')
    this.invalid = counter('invalid')
    this.disabled = counter('disabled')
    this.failureModeAllowed = counter('failure_mode_allowed')
    this.ignoredMetadata = counter('ignored_dynamic_metadata')
    this.shadowDenied = counter('shadow_denied')
    this.shadowError = counter('shadow_error')
  }

  /** Those of the cluster that a request is for: `cluster.<name>.ext_authz.*`. */
  ofCluster(info: ClusterInfo): AuthzClusterStats {
    let stats = this.#byCluster.get(info)
    if (stats === undefined)
      this.#byCluster.set(info, (stats = new AuthzClusterStats(info.stats.scope.scope(this.#prefix))))
    return stats
  }
}

class AuthzClusterStats {
  readonly ok: Counter
  readonly denied: Counter
  readonly error: Counter
  readonly invalid: Counter
  readonly failureModeAllowed: Counter

  constructor(scope: StatsScope) {
    this.ok = scope.counter('ok')
    this.denied = scope.counter('denied')
    this.error = scope.counter('error')
    this.invalid = scope.counter('invalid')
    this.failureModeAllowed = scope.counter('failure_mode_allowed')
  }
}

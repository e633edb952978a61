import type { Message } from '@nuncio/config'
import type { Counter, StatsScope } from '@nuncio/core'
import { type CompiledRules, compileRules } from '@nuncio/guards'
import type { ConfigPlace } from '@nuncio/matching'

/** One RBAC message, compiled: the rules that count and those that are only tried. */
export interface RbacRules extends CompiledRules {
  /** As written: keys of dynamic metadata begin with it. */
  readonly enforcedPrefix: string
  readonly shadowPrefix: string
  readonly stats: RbacStats
}

export function compileRbac(
  config: Message<'envoy.extensions.filters.http.rbac.v3.RBAC'>,
  place: ConfigPlace,
  stats: StatsScope,
): RbacRules {
  const enforcedPrefix = config.rules_stat_prefix ?? ''
  const shadowPrefix = config.shadow_rules_stat_prefix ?? ''
  const perRule = config.track_per_rule_stats === true
  return {
    ...compileRules(config, place, 'request'),
    enforcedPrefix,
    shadowPrefix,
    stats: new RbacStats(stats.scope('rbac.'), dotted(enforcedPrefix), dotted(shadowPrefix), perRule),
  }
}

function dotted(prefix: string): string {
  return prefix === '' || prefix.endsWith('.') ? prefix : `${prefix}.`
}

/** `http.<stat_prefix>.rbac.[<rules_stat_prefix>.]*` */
export class RbacStats {
  readonly allowed: Counter
  readonly denied: Counter
  readonly shadowAllowed: Counter
  readonly shadowDenied: Counter
  readonly #scope: StatsScope
  readonly #perRule: boolean
  readonly #prefix: string
  readonly #shadowPrefix: string

  constructor(scope: StatsScope, prefix: string, shadowPrefix: string, perRule: boolean) {
    this.#scope = scope
    this.#prefix = prefix
    this.#shadowPrefix = shadowPrefix
    this.#perRule = perRule
    this.allowed = scope.counter(`${prefix}allowed`)
    this.denied = scope.counter(`${prefix}denied`)
    this.shadowAllowed = scope.counter(`${shadowPrefix}shadow_allowed`)
    this.shadowDenied = scope.counter(`${shadowPrefix}shadow_denied`)
  }

  /** Counts for one policy, where that is asked for; `what` is `allowed`, `shadow_denied`, … */
  countPolicy(policy: string | undefined, what: 'allowed' | 'denied', shadow: boolean): void {
    if (!this.#perRule || policy === undefined) return
    const prefix = shadow ? this.#shadowPrefix : this.#prefix
    this.#scope.counter(`${prefix}policy.${policy}.${shadow ? 'shadow_' : ''}${what}`).inc()
  }
}

import type { Message } from '@nuncio/config'
import type { Counter, TimeSource } from '@nuncio/core'
import type { NetworkConnection, NetworkFilter, NetworkFilterContext, NetworkFilterVerdict } from '@nuncio/listener'
import { configPlace } from '@nuncio/matching'
import { closeAfter } from '../delayed-close/delayed-close.ts'
import { RbacEngine } from './engine.ts'

export type RbacConfig = Message<'envoy.extensions.filters.network.rbac.v3.RBAC'>

const NAMESPACE = 'envoy.filters.network.rbac'

/** Lets connections in or not by who comes and where to; a second set of rules may be tried out without effect. */
export class NetworkRbac implements NetworkFilter {
  readonly #rules: RbacEngine | undefined
  readonly #shadowRules: RbacEngine | undefined
  readonly #allowed: Counter
  readonly #denied: Counter
  readonly #shadowAllowed: Counter
  readonly #shadowDenied: Counter
  readonly #shadowPrefix: string
  readonly #delayMs: number
  readonly #time: TimeSource

  constructor(config: RbacConfig, context: NetworkFilterContext) {
    const { sources, runtime, path } = context
    const place = configPlace(config, { report: context.report.bind(context), sources, runtime, path })
    const { rules, shadow_rules: shadow, shadow_rules_stat_prefix: prefix = '' } = config
    this.#rules = rules && new RbacEngine(rules, place.at('rules', rules))
    this.#shadowRules = shadow && new RbacEngine(shadow, place.at('shadow_rules', shadow))
    const scope = context.stats.scope(`${withDot(config.stat_prefix ?? '')}rbac.`)
    this.#allowed = scope.counter('allowed')
    this.#denied = scope.counter('denied')
    this.#shadowPrefix = prefix
    this.#shadowAllowed = scope.counter(`${withDot(prefix)}shadow_allowed`)
    this.#shadowDenied = scope.counter(`${withDot(prefix)}shadow_denied`)
    this.#delayMs = config.delay_deny ?? 0
    this.#time = context.time
  }

  onNewConnection(connection: NetworkConnection): void | NetworkFilterVerdict | Promise<NetworkFilterVerdict> {
    if (this.#shadowRules !== undefined) this.#tryOut(this.#shadowRules, connection)
    const rules = this.#rules
    if (rules === undefined) return
    const { allowed, policy } = rules.judge(connection.info)
    if (rules.logs) setMetadata(connection, 'envoy.common', { access_log_hint: policy !== '' })
    if (allowed) return this.#allowed.inc()
    this.#denied.inc()
    const name = policy === '' ? 'none' : policy.replaceAll(/\s/g, '_')
    connection.info.terminationDetails = `rbac_access_denied_matched_policy[${name}]`
    return closeAfter(connection, this.#delayMs, this.#time)
  }

  #tryOut(rules: RbacEngine, connection: NetworkConnection): void {
    const { allowed, policy } = rules.judge(connection.info)
    ;(allowed ? this.#shadowAllowed : this.#shadowDenied).inc()
    setMetadata(connection, NAMESPACE, {
      ...(policy !== '' && { [`${this.#shadowPrefix}shadow_effective_policy_id`]: policy }),
      [`${this.#shadowPrefix}shadow_engine_result`]: allowed ? 'allowed' : 'denied',
    })
  }
}

function withDot(prefix: string): string {
  return prefix === '' || prefix.endsWith('.') ? prefix : `${prefix}.`
}

function setMetadata({ info }: NetworkConnection, namespace: string, fields: Record<string, unknown>): void {
  info.metadata ??= new Map()
  info.metadata.set(namespace, { ...info.metadata.get(namespace), ...fields })
}

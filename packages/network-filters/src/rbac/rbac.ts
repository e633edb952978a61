import type { Message } from '@nuncio/config'
import { type ConnectionInfo, type Counter, requestHeaders, StreamInfo, type TimeSource } from '@nuncio/core'
import { compileRules, type CompiledRules, type RbacEngine, type RbacSubject } from '@nuncio/guards'
import type { NetworkConnection, NetworkFilter, NetworkFilterContext, NetworkFilterVerdict } from '@nuncio/listener'
import { configPlace } from '@nuncio/matching'
import { closeAfter } from '../delayed-close/delayed-close.ts'

export type RbacConfig = Message<'envoy.extensions.filters.network.rbac.v3.RBAC'>

const NAMESPACE = 'envoy.filters.network.rbac'

/** Lets connections in or not by who comes and where to; a second set of rules may be tried out without effect. */
export class NetworkRbac implements NetworkFilter {
  readonly #rules: CompiledRules
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
    const { shadow_rules_stat_prefix: prefix = '' } = config
    this.#rules = compileRules(config, place, 'connection')
    if (config.enforcement_type === 'CONTINUOUS')
      place
        .at('enforcement_type')
        .error('unsupported', 'connections are judged once, not again with their data', 'leave enforcement_type out')
    const scope = context.stats.scope(`${withDot(config.stat_prefix ?? '')}rbac.`)
    this.#allowed = scope.counter('allowed')
    this.#denied = scope.counter('denied')
    this.#shadowPrefix = prefix
    this.#shadowAllowed = scope.counter(`${withDot(prefix)}shadow_allowed`)
    this.#shadowDenied = scope.counter(`${withDot(prefix)}shadow_denied`)
    this.#delayMs = config.delay_deny ?? 0
    this.#time = context.time
  }

  onNewConnection(connection: NetworkConnection): void | NetworkFilterVerdict | Promise<void | NetworkFilterVerdict> {
    const subject = subjectOf(connection.info, this.#time)
    if (this.#rules.shadow !== undefined) this.#tryOut(this.#rules.shadow, subject, connection)
    if (this.#rules.enforced === undefined) return
    const { allowed, policy, logs } = this.#rules.enforced.judge(subject)
    if (logs !== undefined) setMetadata(connection, 'envoy.common', { access_log_hint: logs })
    if (allowed) return this.#allowed.inc()
    this.#denied.inc()
    const name = (policy ?? 'none').replaceAll(/\s/g, '_')
    connection.info.terminationDetails = `rbac_access_denied_matched_policy[${name}]`
    return closeAfter(connection, this.#delayMs, this.#time)
  }

  #tryOut(rules: RbacEngine, subject: RbacSubject, connection: NetworkConnection): void {
    const { allowed, policy } = rules.judge(subject)
    ;(allowed ? this.#shadowAllowed : this.#shadowDenied).inc()
    setMetadata(connection, NAMESPACE, {
      ...(policy !== undefined && { [`${this.#shadowPrefix}shadow_effective_policy_id`]: policy }),
      [`${this.#shadowPrefix}shadow_engine_result`]: allowed ? 'allowed' : 'denied',
    })
  }
}

const NO_HEADERS = requestHeaders([])

/** A connection as rules see it: without headers and without a route. */
function subjectOf(info: ConnectionInfo, time: TimeSource): RbacSubject {
  return {
    requestHeaders: NO_HEADERS,
    info: new StreamInfo(info, time.monotonicMs(), time.wallMs()),
    route: () => undefined,
  }
}

function withDot(prefix: string): string {
  return prefix === '' || prefix.endsWith('.') ? prefix : `${prefix}.`
}

function setMetadata({ info }: NetworkConnection, namespace: string, fields: Record<string, unknown>): void {
  info.metadata ??= new Map()
  info.metadata.set(namespace, { ...info.metadata.get(namespace), ...fields })
}

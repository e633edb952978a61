import { envoyMessage, type Message } from '@nuncio/config'
import type { RequestHeaders } from '@nuncio/core'
import {
  type FilterContext,
  type FilterStream,
  type HttpFilter,
  type HttpFilterDefinition,
  type LocalReply,
  localReply,
  type Verdict,
} from '@nuncio/filter-chain'
import type { RbacEngine } from '@nuncio/guards'
import { configPlace } from '@nuncio/matching'
import { rbacHonours } from './honours.ts'
import { compileRbac, type RbacRules } from './rules.ts'

type Config = Message<'envoy.extensions.filters.http.rbac.v3.RBAC'>
type PerRoute = Message<'envoy.extensions.filters.http.rbac.v3.RBACPerRoute'>

const NAMESPACE = 'envoy.filters.http.rbac'

/** Keeps no state of a stream: one object serves all. */
class RbacFilter implements HttpFilter {
  readonly #rules: (stream: FilterStream) => RbacRules

  constructor(rules: (stream: FilterStream) => RbacRules) {
    this.#rules = rules
  }

  onRequestHeaders(_: RequestHeaders, stream: FilterStream): Verdict {
    const rules = this.#rules(stream)
    if (rules.shadow !== undefined) tryOut(rules, rules.shadow, stream)
    if (rules.enforced !== undefined) return enforce(rules, rules.enforced, stream)
  }
}

function tryOut(rules: RbacRules, engine: RbacEngine, stream: FilterStream): void {
  const { allowed, policy } = engine.judge(stream)
  const counter = allowed ? rules.stats.shadowAllowed : rules.stats.shadowDenied
  counter.inc()
  rules.stats.countPolicy(policy, allowed ? 'allowed' : 'denied', true)
  note(stream, `${rules.shadowPrefix}shadow_`, policy, allowed)
}

function enforce(rules: RbacRules, engine: RbacEngine, stream: FilterStream): void | LocalReply {
  const { allowed, policy, logs } = engine.judge(stream)
  const { stats } = rules
  if (logs !== undefined) stream.info.setMetadata('envoy.common', { access_log_hint: logs })
  const counter = allowed ? stats.allowed : stats.denied
  counter.inc()
  stats.countPolicy(policy, allowed ? 'allowed' : 'denied', false)
  note(stream, `${rules.enforcedPrefix}enforced_`, policy, allowed)
  if (allowed) return
  const name = (policy ?? 'none').replaceAll(/\s/g, '_')
  return localReply(403, `rbac_access_denied_matched_policy[${name}]`, { body: 'RBAC: access denied' })
}

function note(stream: FilterStream, prefix: string, policy: string | undefined, allowed: boolean): void {
  const fields: Record<string, string> = { [`${prefix}engine_result`]: allowed ? 'allowed' : 'denied' }
  if (policy !== undefined) fields[`${prefix}effective_policy_id`] = policy
  stream.info.setMetadata(NAMESPACE, fields)
}

function createRbac(config: Config, context: FilterContext<RbacRules>): () => HttpFilter {
  const own = compileRbac(config, configPlace(config, context), context.stats)
  const filter = new RbacFilter((stream) => context.routeConfig(stream) ?? own)
  return () => filter
}

/** `envoy.filters.http.rbac`: lets requests through by policies of who may do what. */
export const rbac: HttpFilterDefinition<Config, RbacRules> = {
  name: 'envoy.filters.http.rbac',
  config: envoyMessage('envoy.extensions.filters.http.rbac.v3.RBAC', rbacHonours),
  routeConfig: envoyMessage('envoy.extensions.filters.http.rbac.v3.RBACPerRoute', rbacHonours),
  stability: 'stable',
  create: createRbac,
  createRoute: (config, context) => {
    // Without a message of its own a route has no rules at all.
    const own = (config as PerRoute).rbac ?? {}
    return compileRbac(own, configPlace(own, context), context.stats)
  },
}

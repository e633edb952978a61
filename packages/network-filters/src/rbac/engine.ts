import type { Message } from '@nuncio/config'
import type { ConnectionInfo } from '@nuncio/core'
import type { ConfigPlace } from '@nuncio/matching'
import { any, compileList, compilePermission, compilePrincipal, type Condition } from './conditions.ts'

type Rules = Message<'envoy.config.rbac.v3.RBAC'>
type Policy = Message<'envoy.config.rbac.v3.Policy'>

/** What rules say of a connection. */
export interface Judgement {
  readonly allowed: boolean
  /** The first policy that matched, by name; '' = none. */
  readonly policy: string
}

/** Compiled rules: which policies match a connection, and what follows from it. */
export class RbacEngine {
  /** Whether a match is only noted for logs. */
  readonly logs: boolean
  readonly #denies: boolean
  readonly #policies: readonly { readonly name: string; readonly permits: Condition; readonly knows: Condition }[]

  constructor(rules: Rules, place: ConfigPlace) {
    this.logs = rules.action === 'LOG'
    this.#denies = rules.action === 'DENY'
    this.#policies = Object.entries(rules.policies ?? {})
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, policy]) => ({ name, ...compilePolicy(policy, place.at(`policies["${name}"]`, policy)) }))
  }

  judge(info: ConnectionInfo): Judgement {
    const policy = this.#policies.find(({ permits, knows }) => permits(info) && knows(info))?.name ?? ''
    return { policy, allowed: this.logs || (policy !== '') !== this.#denies }
  }
}

function compilePolicy(policy: Policy, place: ConfigPlace): { permits: Condition; knows: Condition } {
  for (const field of ['condition', 'checked_condition', 'cel_config'] as const) {
    if (policy[field] !== undefined) place.at(field).error('unsupported', `nuncio has no ${field} for connections`)
  }
  return {
    permits: any(compileList(policy.permissions, place, 'permissions', compilePermission)),
    knows: any(compileList(policy.principals, place, 'principals', compilePrincipal)),
  }
}

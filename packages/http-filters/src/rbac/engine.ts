import type { Message } from '@nuncio/config'
import type { RequestHeaders } from '@nuncio/core'
import type { FilterStream } from '@nuncio/filter-chain'
import type { ConfigPlace } from '@nuncio/matching'
import { compilePermission } from './permission.ts'
import { compilePrincipal } from './principal.ts'
import { anyOf, type Rule } from './rule.ts'

type Config = Message<'envoy.config.rbac.v3.RBAC'>

interface Policy {
  readonly name: string
  readonly permission: Rule
  readonly principal: Rule
}

/** A set of policies and what it means to match one. */
export class RbacEngine {
  readonly action: 'ALLOW' | 'DENY' | 'LOG'
  readonly #policies: readonly Policy[]

  constructor(config: Config, place: ConfigPlace) {
    this.action = config.action ?? 'ALLOW'
    // In the order of their names: the first that matches is the one that is told of.
    this.#policies = Object.entries(config.policies ?? {})
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, policy]) => compilePolicy(name, policy, place.at('policies', config.policies).at(name, policy)))
  }

  /** The name of the first policy that matches; undefined when none does. */
  match(headers: RequestHeaders, stream: FilterStream): string | undefined {
    for (let i = 0; i < this.#policies.length; i++) {
      const { name, permission, principal } = this.#policies[i]!
      if (permission.matches(headers, stream) && principal.matches(headers, stream)) return name
    }
    return undefined
  }

  /** Whether a request goes on, by the policy that it matched. */
  allows(policy: string | undefined): boolean {
    return this.action === 'LOG' || (this.action === 'ALLOW') === (policy !== undefined)
  }
}

function compilePolicy(name: string, config: Message<'envoy.config.rbac.v3.Policy'>, place: ConfigPlace): Policy {
  if (config.condition !== undefined || config.checked_condition !== undefined)
    place.error('unsupported', 'conditions in CEL are not evaluated', 'a policy without its condition would match more')
  return {
    name,
    permission: anyOf(
      (config.permissions ?? []).map((one, i) => compilePermission(one, place.item('permissions', i, one))),
    ),
    principal: anyOf(
      (config.principals ?? []).map((one, i) => compilePrincipal(one, place.item('principals', i, one))),
    ),
  }
}

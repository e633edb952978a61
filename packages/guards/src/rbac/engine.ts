import { compileParsedCel } from '@nuncio/cel'
import type { Message } from '@nuncio/config'
import type { ConfigPlace } from '@nuncio/matching'
import { compilePermission } from './permission.ts'
import { compilePrincipal } from './principal.ts'
import { ALWAYS, anyOf, NEVER, type RbacScope, type RbacSubject, type Rule, rule } from './rule.ts'

type Config = Message<'envoy.config.rbac.v3.RBAC'>

/** What rules say of a subject. */
export interface Judgement {
  readonly allowed: boolean
  /** The policy, or the action of a matcher, that decided; undefined = none. */
  readonly policy: string | undefined
  /** Whether a match is to be noted for access logs; undefined: these rules do not log. */
  readonly logs: boolean | undefined
}

/** Rules, compiled, in either of their forms. */
export interface RbacEngine {
  judge(subject: RbacSubject): Judgement
}

interface Policy {
  readonly name: string
  readonly permission: Rule
  readonly principal: Rule
  readonly condition: Rule
}

/** A set of policies and what it means to match one. */
export class PolicyEngine implements RbacEngine {
  readonly #action: 'ALLOW' | 'DENY' | 'LOG'
  readonly #policies: readonly Policy[]

  constructor(config: Config, place: ConfigPlace, scope: RbacScope) {
    this.#action = config.action ?? 'ALLOW'
    // In the order of their names: the first that matches is the one that is told of.
    this.#policies = Object.entries(config.policies ?? {})
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, policy]) => this.#compile(name, policy, place.at(`policies["${name}"]`, policy), scope))
  }

  judge(subject: RbacSubject): Judgement {
    const policy = this.#match(subject)
    if (this.#action === 'LOG') return { allowed: true, policy, logs: policy !== undefined }
    return { allowed: (this.#action === 'ALLOW') === (policy !== undefined), policy, logs: undefined }
  }

  #match(subject: RbacSubject): string | undefined {
    for (let i = 0; i < this.#policies.length; i++) {
      const { name, permission, principal, condition } = this.#policies[i]!
      if (permission.matches(subject) && principal.matches(subject) && condition.matches(subject)) return name
    }
    return undefined
  }

  #compile(name: string, policy: Message<'envoy.config.rbac.v3.Policy'>, place: ConfigPlace, scope: RbacScope): Policy {
    return {
      name,
      permission: anyOf(
        (policy.permissions ?? []).map((one, i) => compilePermission(one, place.item('permissions', i, one), scope)),
      ),
      principal: anyOf(
        (policy.principals ?? []).map((one, i) => compilePrincipal(one, place.item('principals', i, one), scope)),
      ),
      condition: compileCondition(policy, place, scope),
    }
  }
}

/** A condition in CEL; one that fails (a header that is not there) does not hold. */
function compileCondition(policy: Message<'envoy.config.rbac.v3.Policy'>, place: ConfigPlace, scope: RbacScope): Rule {
  const { condition, checked_condition: checked } = policy
  if (condition !== undefined && checked !== undefined)
    place
      .at('condition', condition)
      .error('rule', 'condition and checked_condition are both set', 'leave one of them out')
  const expression = condition ?? checked?.expr
  if (checked !== undefined && checked.expr === undefined) place.at('checked_condition', checked).error('missing-field', 'checked_condition has no expr') // prettier-ignore
  if (expression === undefined) return ALWAYS
  const compiled = compileParsedCel(expression)
  if ('fault' in compiled) {
    // One that cannot be planned would fail for every request, and a policy that denies by it would deny nobody.
    const at = place.at(condition === undefined ? 'checked_condition' : 'condition', expression)
    at.error('rule', `the condition is refused: ${compiled.fault}`)
    return NEVER
  }
  return rule(({ requestHeaders, info }) =>
    compiled.holds({
      info,
      request: scope === 'request' ? requestHeaders : undefined,
      response: undefined,
      responseTrailers: undefined,
    }),
  )
}

import type { Message } from '@nuncio/config'
import type { ConfigPlace } from '@nuncio/matching'
import { CelCondition } from './cel-condition.ts'
import { compilePermission } from './permission.ts'
import { compilePrincipal } from './principal.ts'
import { checkExpression } from './cel-check.ts'
import { ALWAYS, anyOf, NEVER, type RbacScope, type RbacSubject, type Rule } from './rule.ts'

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
  /** Settles when the rules can be asked; undefined: they can be now. */
  readonly loading: Promise<unknown> | undefined
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
  readonly #conditions: CelCondition[] = []

  constructor(config: Config, place: ConfigPlace, scope: RbacScope) {
    this.#action = config.action ?? 'ALLOW'
    // In the order of their names: the first that matches is the one that is told of.
    this.#policies = Object.entries(config.policies ?? {})
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, policy]) => this.#compile(name, policy, place.at(`policies["${name}"]`, policy), scope))
  }

  get loading(): Promise<unknown> | undefined {
    if (this.#conditions.length === 0) return undefined
    const pending = this.#conditions.flatMap((condition) => condition.loading ?? [])
    return pending.length === 0 ? undefined : Promise.all(pending)
  }

  judge(subject: RbacSubject): Judgement {
    // Conditions that could not be planned say nothing about anybody.
    if (this.#conditions.some((condition) => condition.broken)) return BROKEN
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
      condition: this.#compileCondition(policy, place),
    }
  }

  #compileCondition(policy: Message<'envoy.config.rbac.v3.Policy'>, place: ConfigPlace): Rule {
    const { condition, checked_condition: checked } = policy
    if (condition !== undefined && checked !== undefined)
      place
        .at('condition', condition)
        .error('rule', 'condition and checked_condition are both set', 'leave one of them out')
    const expression = condition ?? checked?.expr
    if (checked !== undefined && checked.expr === undefined) place.at('checked_condition', checked).error('missing-field', 'checked_condition has no expr') // prettier-ignore
    if (expression === undefined) return ALWAYS
    if (!checkExpression(expression, place.at(condition === undefined ? 'checked_condition' : 'condition', expression)))
      return NEVER
    const compiled = new CelCondition(expression)
    this.#conditions.push(compiled)
    return compiled
  }
}

const BROKEN: Judgement = { allowed: false, policy: undefined, logs: undefined }

import type { Message } from '@nuncio/config'
import type { ConfigPlace } from '@nuncio/matching'
import { PolicyEngine, type RbacEngine } from './engine.ts'
import { MatcherEngine } from './matcher-engine.ts'
import type { RbacScope } from './rule.ts'

/** What the messages of both filters have in common. */
export interface RbacRulesConfig {
  readonly rules?: Message<'envoy.config.rbac.v3.RBAC'>
  readonly matcher?: Message<'xds.type.matcher.v3.Matcher'>
  readonly shadow_rules?: Message<'envoy.config.rbac.v3.RBAC'>
  readonly shadow_matcher?: Message<'xds.type.matcher.v3.Matcher'>
}

/** The rules that count, and those that are only tried. */
export interface CompiledRules {
  readonly enforced: RbacEngine | undefined
  readonly shadow: RbacEngine | undefined
}

/** Compiles rules in either of their forms; both at once are refused. */
export function compileRules(config: RbacRulesConfig, place: ConfigPlace, scope: RbacScope): CompiledRules {
  const engine = (rules: 'rules' | 'shadow_rules', matcher: 'matcher' | 'shadow_matcher'): RbacEngine | undefined => {
    const [policies, tree] = [config[rules], config[matcher]]
    if (policies !== undefined && tree !== undefined)
      place.at(matcher, tree).error('rule', `${rules} and ${matcher} are both set`, 'leave one of them out')
    if (tree !== undefined) return new MatcherEngine(tree, place.at(matcher, tree), scope)
    return policies && new PolicyEngine(policies, place.at(rules, policies), scope)
  }
  return { enforced: engine('rules', 'matcher'), shadow: engine('shadow_rules', 'shadow_matcher') }
}

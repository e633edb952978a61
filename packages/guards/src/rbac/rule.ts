import type { RequestHeaders, StreamInfo } from '@nuncio/core'
import type { Route } from '@nuncio/router'

/** What rules are asked about: a request (a `FilterStream` is one), or a connection, which has neither headers nor route. */
export interface RbacSubject {
  readonly requestHeaders: RequestHeaders
  readonly info: StreamInfo
  route(): Route | undefined
}

/** What rules may look at. */
export type RbacScope = 'request' | 'connection'

/** A test of a subject, compiled from a Permission or a Principal. */
export interface Rule {
  matches(subject: RbacSubject): boolean
}

type Test = (subject: RbacSubject) => boolean

class TestRule implements Rule {
  readonly matches: Test
  constructor(test: Test) {
    this.matches = test
  }
}

/** A rule that holds where its test does. */
export function rule(test: Test): Rule {
  return new TestRule(test)
}

export const ALWAYS: Rule = rule(() => true)
/** Stands in for what was refused; the configuration is not used then. */
export const NEVER: Rule = rule(() => false)

export function allOf(rules: readonly Rule[]): Rule {
  return rule((subject) => {
    for (let i = 0; i < rules.length; i++) if (!rules[i]!.matches(subject)) return false
    return true
  })
}

export function anyOf(rules: readonly Rule[]): Rule {
  if (rules.length === 1) return rules[0]!
  return rule((subject) => {
    for (let i = 0; i < rules.length; i++) if (rules[i]!.matches(subject)) return true
    return false
  })
}

export function not(inner: Rule): Rule {
  return rule((subject) => !inner.matches(subject))
}

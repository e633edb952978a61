import type { RequestHeaders } from '@nuncio/core'
import type { FilterStream } from '@nuncio/filter-chain'

/** A test of a request, compiled from a Permission or a Principal. */
export interface Rule {
  matches(headers: RequestHeaders, stream: FilterStream): boolean
}

type Test = (headers: RequestHeaders, stream: FilterStream) => boolean

class TestRule implements Rule {
  readonly matches: Test
  constructor(test: Test) {
    this.matches = test
  }
}

export function rule(test: Test): Rule {
  return new TestRule(test)
}

export const ALWAYS: Rule = rule(() => true)
/** Stands in for what was refused; the configuration is not used then. */
export const NEVER: Rule = rule(() => false)

export function allOf(rules: readonly Rule[]): Rule {
  return rule((headers, stream) => {
    for (let i = 0; i < rules.length; i++) if (!rules[i]!.matches(headers, stream)) return false
    return true
  })
}

export function anyOf(rules: readonly Rule[]): Rule {
  if (rules.length === 1) return rules[0]!
  return rule((headers, stream) => {
    for (let i = 0; i < rules.length; i++) if (rules[i]!.matches(headers, stream)) return true
    return false
  })
}

export function not(inner: Rule): Rule {
  return rule((headers, stream) => !inner.matches(headers, stream))
}

import type { Message } from '@nuncio/config'
import { compileStringMatchers, type ConfigPlace, matchesAny } from '@nuncio/matching'

/** Says of a header, by its lower-case name, whether it is meant. */
export type HeaderNames = (name: string) => boolean

/** Compiles a list of name matchers; undefined when there is none. */
export function compileHeaderNames(
  list: Message<'envoy.type.matcher.v3.ListStringMatcher'> | undefined,
  place: ConfigPlace,
): HeaderNames | undefined {
  if (list === undefined) return undefined
  const matchers = compileStringMatchers(list.patterns, place, 'patterns')
  return (name) => matchesAny(matchers, name)
}

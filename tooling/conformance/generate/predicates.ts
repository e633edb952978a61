import fc from 'fast-check'
import type { Tree } from '../model/document.ts'
import { stringMatch } from './matchers.ts'

/** Trees have a matcher of their own, which has to name its engine. */
function named(match: Tree): Tree {
  const { safe_regex: regex } = match
  return regex === undefined ? match : { safe_regex: { google_re2: {}, ...(regex as Tree) } }
}

/** Predicates of match trees, by what such an input reads. */
export function predicateOf(input: fc.Arbitrary<Tree>): fc.Arbitrary<Tree> {
  const single: fc.Arbitrary<Tree> = fc
    .tuple(input, stringMatch)
    .map(([read, value_match]) => ({ single_predicate: { input: read, value_match: named(value_match) } }))
  return fc.oneof(
    { weight: 3, arbitrary: single },
    { weight: 1, arbitrary: single.map((not_matcher) => ({ not_matcher })) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom('and_matcher', 'or_matcher'), fc.array(single, { minLength: 2, maxLength: 3 }))
        .map(([kind, list]) => ({ [kind]: { predicate: list } })),
    },
  )
}

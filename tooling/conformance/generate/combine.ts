import fc from 'fast-check'
import type { Tree } from '../model/document.ts'

/** Keeps optional parts more often out than in: most configurations say little. */
export function maybe(arbitrary: fc.Arbitrary<Tree>): fc.Arbitrary<Tree> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary })
}

/** One map of several, later ones over earlier ones. */
export function merged(...parts: readonly fc.Arbitrary<Tree>[]): fc.Arbitrary<Tree> {
  return fc.tuple(...parts).map((trees) => Object.assign({}, ...trees) as Tree)
}

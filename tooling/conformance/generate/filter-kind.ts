import type fc from 'fast-check'
import type { Tree } from '../model/document.ts'

/** A type of filter below the package of its name, its configurations, and what a route may say to it. */
export interface FilterKind {
  readonly type: string
  readonly config: fc.Arbitrary<Tree>
  readonly route?: readonly [type: string, config: fc.Arbitrary<Tree>]
}

import type { OperatorDefinition } from './definition.ts'
import { reqWithoutQuery } from './path.ts'
import { isUnsupportedOperator, OPERATORS } from './registry.ts'

/** What formats may ask for. A bundle that is made in parts loads it with the first format that asks for anything. */
export interface Operators {
  readonly byName: ReadonlyMap<string, OperatorDefinition>
  /** Whether this is an operator of Envoy's that nuncio does not have. */
  readonly isUnsupported: (name: string) => boolean
  /** Known only where the configuration asks for it. */
  readonly reqWithoutQuery: OperatorDefinition
}

const known: Operators = { byName: OPERATORS, isUnsupported: isUnsupportedOperator, reqWithoutQuery }

/** The operators of this bundle; the same object each time. */
export function operators(): Operators {
  return known
}

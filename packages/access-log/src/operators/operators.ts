import type { OperatorDefinition } from './definition.ts'
import { reqWithoutQuery } from './path.ts'
import { OPERATORS, whyUnsupported } from './registry.ts'

/** What formats may ask for. A bundle that is made in parts loads it with the first format that asks for anything. */
export interface Operators {
  readonly byName: ReadonlyMap<string, OperatorDefinition>
  /** Why nuncio does not have an operator of Envoy's; undefined for any other name. */
  readonly whyUnsupported: (name: string) => string | undefined
  /** Known only where the configuration asks for it. */
  readonly reqWithoutQuery: OperatorDefinition
}

const known: Operators = { byName: OPERATORS, whyUnsupported, reqWithoutQuery }

/** The operators of this bundle; the same object each time. */
export function operators(): Operators {
  return known
}

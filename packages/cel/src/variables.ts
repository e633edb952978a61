import type { Expr } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js'
import type { Attribute, Maker } from './attributes/attribute.ts'
import { TABLES, WHOLES } from './attributes/roots.ts'
import type { CelSubject } from './subject.ts'
import { attributeOf, partsOf } from './syntax.ts'

type Fields = Record<string, unknown>

/** The variables of one expression: only what it reads is looked up. */
export class Variables {
  readonly #roots: readonly (readonly [string, readonly (readonly [string, Attribute])[]])[]
  readonly #wholes: readonly (readonly [string, Attribute])[]
  readonly #make: Maker

  constructor(expression: Expr, make: Maker) {
    const reads = new Map<string, Set<string>>()
    collect(expression, reads)
    this.#make = make
    this.#roots = Object.entries(TABLES).flatMap(([root, table]) => {
      const wanted = reads.get(root)
      if (wanted === undefined) return []
      const all = wanted.has('')
      return [[root, Object.entries(table).filter(([field]) => all || wanted.has(field))] as const]
    })
    this.#wholes = Object.entries(WHOLES).filter(([root]) => reads.has(root))
  }

  of(subject: CelSubject): Fields {
    const variables: Fields = {}
    for (const [root, fields] of this.#roots) variables[root] = this.#fieldsOf(fields, subject)
    for (const [root, read] of this.#wholes) variables[root] = read(subject, this.#make)
    return variables
  }

  #fieldsOf(fields: readonly (readonly [string, Attribute])[], subject: CelSubject): Fields {
    const values: Fields = {}
    for (const [field, read] of fields) {
      const value = read(subject, this.#make)
      // What a stream does not have is not there: asking for it is an error, and has() says no.
      if (value !== undefined) values[field] = value
    }
    return values
  }
}

/** Which fields of which roots an expression reads; '' stands for the root as a whole. */
function collect(expression: Expr, reads: Map<string, Set<string>>): void {
  const attribute = attributeOf(expression)
  if (attribute !== undefined) return note(reads, ...attribute)
  if (expression.exprKind.case === 'identExpr') return note(reads, expression.exprKind.value.name, '')
  for (const part of partsOf(expression)) if (part !== undefined) collect(part, reads)
}

function note(reads: Map<string, Set<string>>, root: string, field: string): void {
  const fields = reads.get(root)
  if (fields === undefined) reads.set(root, new Set([field]))
  else fields.add(field)
}

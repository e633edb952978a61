import type { Expr } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js'
import { encode, type Message } from '@nuncio/config'
import { Maker } from './attributes/attribute.ts'
import { faultOf } from './check.ts'
import { type CelLibrary, celLibrary } from './library.ts'
import { type CelValue, jsonOfCel, printCel } from './print.ts'
import type { CelSubject } from './subject.ts'
import { lowerHeaderNames } from './syntax.ts'
import { Variables } from './variables.ts'

/** Why an expression cannot be used, in words. */
export interface CelFault {
  readonly fault: string
}

/** An expression, planned once and asked for each stream. What fails while it is asked has no value. */
export class CelExpression {
  readonly #library: CelLibrary
  readonly #variables: Variables
  readonly #run: (variables: Record<string, unknown>) => unknown
  /** Roots as a whole have no form in JSON, but for `metadata`, which is a message. */
  readonly #hasJson: boolean
  /** It is a `Metadata` message as a whole. */
  readonly #isMessage: boolean

  constructor(expression: Expr, library: CelLibrary) {
    const { celEnv, plan } = library.cel
    this.#library = library
    this.#variables = new Variables(expression, new Maker(library))
    const { case: kind, value } = expression.exprKind
    this.#hasJson = kind !== 'identExpr' || value.name === 'metadata'
    this.#isMessage = isMetadata(expression)
    this.#run = plan(celEnv(), expression) as (variables: Record<string, unknown>) => unknown
  }

  /** Whether it is true of a subject: a failure, or a value that is none of the two, is not. */
  holds(subject: CelSubject): boolean {
    return this.#ask(subject, (value) => value === true) === true
  }

  /** Its value as `%CEL(…)%` prints it; undefined: it failed. */
  text(subject: CelSubject): string | undefined {
    return this.#ask(subject, (value) => this.#print(value))
  }

  #print(value: unknown): string {
    if (this.#isMessage && this.#library.cel.isCelMap(value) && value.size === 0) return ''
    return printCel(value, this.#library)
  }

  /** Its value as text, and as JSON has it, where JSON has it. */
  typed(subject: CelSubject): { readonly text: string; readonly json: unknown } | undefined {
    return this.#ask(subject, (value) => ({
      text: this.#print(value),
      json: this.#json(value),
    }))
  }

  /** A map of attributes may hold what the library cannot hand out; such a map has no form in JSON. */
  #json(value: CelValue): unknown {
    try {
      return this.#hasJson ? jsonOfCel(value, this.#library) : undefined
    } catch {
      return undefined
    }
  }

  /** Values are read within reach of `catch` as well: parts of them are converted when they are read. */
  #ask<T>(subject: CelSubject, read: (value: CelValue) => T): T | undefined {
    try {
      const value = this.#run(this.#variables.of(subject))
      return this.#library.cel.isCelError(value) ? undefined : read(value)
    } catch {
      return undefined
    }
  }
}

/** Compiles an expression as it is written. Throws `PartMissing` while the library is not there. */
export function compileCel(text: string): CelExpression | CelFault {
  const library = celLibrary.get()
  try {
    return planned(library.cel.parse(text).expr, library)
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) }
  }
}

/** Compiles an expression that was parsed before. Throws `PartMissing` while the library is not there. */
export function compileParsedCel(message: Message<'google.api.expr.v1alpha1.Expr'>): CelExpression | CelFault {
  const library = celLibrary.get()
  const { protobuf, syntax } = library
  return planned(protobuf.fromBinary(syntax.ExprSchema, encode('google.api.expr.v1alpha1.Expr', message)), library)
}

function planned(expression: Expr | undefined, library: CelLibrary): CelExpression | CelFault {
  const fault = faultOf(expression)
  if (fault !== '') return { fault }
  lowerHeaderNames(expression!)
  return new CelExpression(expression!, library)
}

/** `metadata`, `xds.route_metadata` and the like. */
function isMetadata({ exprKind: { case: kind, value } }: Expr): boolean {
  if (kind === 'identExpr') return value.name === 'metadata'
  if (kind !== 'selectExpr' || value.testOnly) return false
  const of = value.operand?.exprKind
  return of?.case === 'identExpr' && of.value.name === 'xds' && value.field.endsWith('_metadata')
}

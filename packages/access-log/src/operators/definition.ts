import type { FormatContext, FormatEnvironment } from '../context.ts'

/** A value with its own type: JSON keeps it, text prints it. `undefined` is a missing one: `-` in text, null in JSON. */
export type FormatValue = string | number | boolean | object | undefined

/** A value whose text is not its JSON. */
export class PrintedAs {
  readonly text: string
  readonly #json: unknown
  constructor(text: string, json: unknown) {
    this.text = text
    this.#json = json
  }
  toJSON(): unknown {
    return this.#json
  }
}

/** One compiled operator. Strings are bytes as Latin-1 text, as header values are. */
export type ValueOf = (context: FormatContext) => FormatValue

/** Why an operator cannot be compiled, in words. */
export interface OperatorFault {
  readonly fault: string
  /** Envoy has it, nuncio does not. */
  readonly unsupported: boolean
}

/** How one command operator is written and what it does. */
export interface OperatorDefinition {
  readonly args: 'none' | 'optional' | 'required'
  /** Whether `:length` may follow. */
  readonly length: boolean
  /** Whether its strings are real Unicode text (configured names, certificates) and not bytes. */
  readonly unicode: boolean
  compile(args: string, environment: FormatEnvironment, compileOther: CompileOther): ValueOf | OperatorFault
}

/** An operator that another one evaluates. */
export interface OtherOperator {
  readonly name: string
  readonly args: string | undefined
  readonly maxLength: number | undefined
}

export type CompileOther = (call: OtherOperator) => ValueOf | OperatorFault

export type OperatorTable = Readonly<Record<string, OperatorDefinition>>

/** An operator without arguments; '' counts as missing. */
export function textOf(read: (context: FormatContext) => string | undefined): OperatorDefinition {
  const value: ValueOf = (context) => {
    const text = read(context)
    return text === '' ? undefined : text
  }
  return { args: 'none', length: false, unicode: false, compile: () => value }
}

/** As `textOf`, for text that is Unicode and not bytes. */
export function nameOf(read: (context: FormatContext) => string | undefined): OperatorDefinition {
  return { ...textOf(read), unicode: true }
}

/** An operator without arguments that gives a number. */
export function numberOf(read: (context: FormatContext) => number | undefined): OperatorDefinition {
  return { args: 'none', length: false, unicode: false, compile: () => read }
}

/** An operator with arguments. */
export function withArgs(
  args: 'optional' | 'required',
  length: boolean,
  compile: OperatorDefinition['compile'],
): OperatorDefinition {
  return { args, length, unicode: false, compile }
}

export function fault(message: string, unsupported = false): OperatorFault {
  return { fault: message, unsupported }
}

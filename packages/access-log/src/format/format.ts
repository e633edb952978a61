import { nearest } from '@nuncio/config'
import { operators } from '#operators'
import type { FormatContext, FormatEnvironment } from '../context.ts'
import {
  fault,
  type FormatValue,
  type OperatorDefinition,
  type OperatorFault,
  type OtherOperator,
  PrintedAs,
  type ValueOf,
} from '../operators/definition.ts'
import { asBytes, escapeControls, onlyBytes, withoutControls } from './escape.ts'
import { type OperatorCall, parseFormat } from './parse.ts'
import { sortedJson } from './sorted-json.ts'

/** A compiled format. What it prints is bytes as Latin-1 text, as header values are: write it with that encoding. */
export interface Formatter {
  format(context: FormatContext): string
  /** The text, when the format has no operators at all. */
  readonly isLiteral: string | undefined
  /** The operators that it evaluates, by name, in order. */
  readonly reads: readonly string[]
}

/** Operators that a format has only when its configuration asks for them. */
export type FormatExtensions = ReadonlySet<'REQ_WITHOUT_QUERY'>

/** How formats are compiled; all of it may be left out. */
export interface FormatOptions {
  readonly environment?: FormatEnvironment | undefined
  /** A missing value prints nothing instead of `-`. */
  readonly omitEmpty?: boolean | undefined
  /**
   * What becomes of control bytes in values. `log`: escaped (`\n`), so that one line stays one line. `header`:
   * removed, so that a value cannot end its header. `none`: they stay, for bodies.
   */
  readonly controls?: 'log' | 'header' | 'none' | undefined
  /** Operators of Envoy's formatter extensions that the configuration asked for. */
  readonly extensions?: FormatExtensions | undefined
}

/** Why a format cannot be used. `offset` counts characters from 0 and is where the operator begins. */
export interface FormatProblem {
  readonly ok: false
  readonly code: 'bad-format' | 'unknown-operator' | 'unsupported-operator'
  readonly message: string
  readonly offset: number
}

/** A format that can print lines, or why the text is none and where. */
export type CompiledFormat = { readonly ok: true; readonly formatter: Formatter } | FormatProblem

/** Compiles a format such as `%REQ(:METHOD)% %PROTOCOL%` for asking once per stream. */
export function compileFormat(text: string, options: FormatOptions = {}): CompiledFormat {
  const pieces = compilePieces(text, options)
  if (!pieces.ok) return pieces
  return { ok: true, formatter: textFormatter(pieces, options) }
}

export interface Pieces {
  readonly ok: true
  readonly pieces: readonly (string | ValueOf)[]
  readonly reads: readonly string[]
}

/** Literal text (as bytes) and operators, in order. `typed`: of an operator alone, a maximum length cuts strings only. */
export function compilePieces(text: string, options: FormatOptions, typed = false): Pieces | FormatProblem {
  const parsed = parseFormat(text)
  if (!parsed.ok) return { ok: false, code: 'bad-format', message: parsed.message, offset: parsed.offset }
  const pieces: (string | ValueOf)[] = []
  const reads: string[] = []
  const alone = typed && parsed.pieces.length === 1
  for (const piece of parsed.pieces) {
    if (typeof piece === 'string') {
      pieces.push(asBytes(piece))
      continue
    }
    const value = compileOperator(piece, options, alone)
    if (typeof value !== 'function') return value
    pieces.push(value)
    reads.push(piece.name)
  }
  return { ok: true, pieces, reads }
}

function compileOperator(call: OperatorCall, options: FormatOptions, typed: boolean): ValueOf | FormatProblem {
  const { name, offset } = call
  const args = call.args ?? ''
  const definition = definitionOf(name, options)
  if (definition === undefined) {
    const why = operators().whyUnsupported(name)
    return why !== undefined
      ? {
          ok: false,
          code: 'unsupported-operator',
          message: `nuncio does not have the operator ${name}: ${why}`,
          offset,
        }
      : { ok: false, code: 'unknown-operator', message: `there is no operator ${name}${meant(name)}`, offset }
  }
  const misuse = misuseOf(call, definition)
  if (misuse !== undefined) return { ok: false, code: 'bad-format', message: misuse, offset }
  const value = definition.compile(args, options.environment ?? {}, (other) =>
    compileOther(other, offset, options, typed),
  )
  if (typeof value !== 'function') {
    const code = value.unsupported ? 'unsupported-operator' : 'bad-format'
    return { ok: false, code, message: `${name}: ${value.fault}`, offset }
  }
  const bytes: ValueOf = definition.unicode ? (context) => toBytes(value(context)) : value
  return call.maxLength === undefined ? bytes : cut(bytes, call.maxLength, typed)
}

function compileOther(
  other: OtherOperator,
  offset: number,
  options: FormatOptions,
  typed: boolean,
): ValueOf | OperatorFault {
  // What a format has to ask for is not to be had inside of others.
  const value = compileOperator({ ...other, offset }, { ...options, extensions: undefined }, typed)
  return typeof value === 'function' ? value : fault(value.message, value.code === 'unsupported-operator')
}

function meant(name: string): string {
  const near = nearest(name, operators().byName.keys())
  return near === undefined ? '' : `; did you mean ${near}?`
}

function definitionOf(name: string, options: FormatOptions): OperatorDefinition | undefined {
  const { byName, reqWithoutQuery } = operators()
  if (name === 'REQ_WITHOUT_QUERY') return options.extensions?.has(name) ? reqWithoutQuery : undefined
  return byName.get(name)
}

function misuseOf(call: OperatorCall, definition: OperatorDefinition): string | undefined {
  const empty = call.args === undefined || call.args === ''
  if (definition.args === 'none' && !empty) return `${call.name} takes no arguments`
  if (definition.args === 'required' && empty) return `${call.name} needs arguments in parentheses`
  if (call.maxLength !== undefined && !definition.length) return `${call.name} takes no maximum length`
  return undefined
}

function cut(value: ValueOf, maxLength: number, typed: boolean): ValueOf {
  return (context) => {
    const full = value(context)
    if (full === undefined || (typed && typeof full !== 'string')) return full
    return printed(full).slice(0, maxLength)
  }
}

function toBytes(value: FormatValue): FormatValue {
  return typeof value === 'string' ? asBytes(value) : value
}

/** A value as text formats print it. */
export function printed(value: Exclude<FormatValue, undefined>): string {
  if (typeof value === 'string') return value
  if (value instanceof PrintedAs) return asBytes(value.text)
  return typeof value === 'object' ? sortedJson(value) : String(value)
}

function textFormatter({ pieces, reads }: Pieces, options: FormatOptions): Formatter {
  const values = pieces.filter((piece) => typeof piece === 'function')
  // before[i] stands before operator i; the last one ends the line.
  const before: string[] = ['']
  for (const piece of pieces) {
    if (typeof piece === 'string') before[before.length - 1] += piece
    else before.push('')
  }
  if (values.length === 0) return { format: () => before[0]!, isLiteral: before[0]!, reads }
  const missing = options.omitEmpty === true ? '' : '-'
  const controls = options.controls ?? 'log'
  const clean = controls === 'log' ? escapeControls : controls === 'header' ? withoutControls : onlyBytes
  return { format: (context) => join(before, values, missing, clean, context), isLiteral: undefined, reads }
}

function join(
  before: readonly string[],
  values: readonly ValueOf[],
  missing: string,
  clean: (text: string) => string,
  context: FormatContext,
): string {
  let out = before[0]!
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!(context)
    if (value === undefined) out += missing
    else if (typeof value === 'number') out += value
    else out += clean(printed(value))
    out += before[i + 1]!
  }
  return out
}

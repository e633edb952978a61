import type { CompiledHonours } from '../honours/honours.ts'
import type { Problem, Severity } from '../problem.ts'
import type { MessageType } from '../schema/field-type.ts'
import { nearest } from '../schema/names.ts'
import type { Schema } from '../schema/schema.ts'
import type { NotedEdit } from '../short-forms/edit.ts'
import type { ShortForm } from '../short-forms/short-form.ts'
import type { Node } from '../tree/node.ts'
import type { Texts } from '../tree/texts.ts'

export interface WalkOptions {
  readonly schema: Schema
  readonly texts: Texts
  /** Undefined: what is unsupported is not looked for. */
  readonly honours: CompiledHonours | undefined
  readonly allowUnsupported: boolean
  readonly allowUnknownFields: boolean
  /** Undefined: short forms are left alone. */
  readonly shortForms: ReadonlyMap<string, ShortForm> | undefined
  /** Types whose messages are collected as they are read. */
  readonly collect: ReadonlySet<string>
  /** Note what would make the text canonical: short forms and names in camelCase. */
  readonly noteEdits?: boolean
  /** It came over the wire: types may lack an address, and numbers of enums that have no name are kept, as texts. */
  readonly fromWire?: boolean
}

/** The state of one walk over a tree: where it is, what it found, and where each value it made was written. */
export class Walk {
  readonly schema: Schema
  readonly texts: Texts
  readonly honours: CompiledHonours | undefined
  readonly unsupported: Severity
  readonly unknownField: Severity
  readonly fromWire: boolean
  readonly shortForms: ReadonlyMap<string, ShortForm> | undefined
  readonly problems: Problem[] = []
  /** The changes that short forms stand for, in the order they were made; undefined when nobody wants them. */
  readonly edits: NotedEdit[] | undefined
  /** What was read of the types asked for. */
  readonly found: ReadonlyMap<string, object[]>
  readonly places = new WeakMap<object, Node>()
  /** Field names, list indices and `["key"]` of maps, from the root to here. */
  readonly path: (string | number)[] = []
  /** The messages that are being read, from the root to here. */
  readonly types: MessageType[] = []
  /** Above 0 inside something that was reported as unsupported already. */
  quiet = 0
  /** Above 0 inside an extension that is marked `is_optional`. */
  optional = 0
  #left = 0
  #leftError = false
  #hints = 500

  constructor(options: WalkOptions) {
    this.schema = options.schema
    this.shortForms = options.shortForms
    this.edits = options.noteEdits ? [] : undefined
    this.found = new Map([...options.collect].map((type) => [type, []]))
    this.texts = options.texts
    this.honours = options.honours
    this.unsupported = options.allowUnsupported ? 'warning' : 'error'
    this.unknownField = options.allowUnknownFields ? 'warning' : 'error'
    this.fromWire = options.fromWire === true
  }

  say(code: string, severity: Severity, offset: number, message: string, hint = '', field?: string | number): void {
    if (this.#isFull(severity)) return
    const path = field === undefined ? pathText(this.path) : pathText([...this.path, field])
    this.add({ code, severity, path, ...this.texts.position(offset), message, hint })
  }

  /** Adds a problem, unless there are more than anyone would read. */
  add(problem: Problem): void {
    if (!this.#isFull(problem.severity)) this.problems.push(problem)
  }

  #isFull(severity: Severity): boolean {
    if (this.problems.length < MAX_PROBLEMS) return false
    // However many are left out, an error has to be among those that are told.
    if (this.#left === 0 || (severity === 'error' && !this.#leftError)) {
      this.#leftError = severity === 'error'
      const message = `there are more than ${MAX_PROBLEMS} problems; the others are left out`
      this.problems.push({ code: 'too-many', severity, path: '', ...this.texts.position(0), message, hint: '' })
    }
    this.#left++
    return true
  }

  /**
   * The nearest of the names, for a hint. Looking for it costs time in proportion to the names, so that a file full of
   * mistakes has hints for the first of them only.
   */
  nearest(name: string, names: readonly string[] | ReadonlySet<string>): string | undefined {
    if (this.#hints <= 0) return undefined
    this.#hints -= 1 + ('size' in names ? names.size : names.length) / 100
    return nearest(name, names)
  }

  error(code: string, offset: number, message: string, hint = '', field?: string | number): void {
    this.say(code, 'error', offset, message, hint, field)
  }

  /** Freezes a value that was made and remembers where it was written. */
  made<T extends object>(value: T, node: Node): T {
    Object.freeze(value)
    this.places.set(value, node)
    return value
  }
}

/** More problems than these are no help, and take memory. */
const MAX_PROBLEMS = 10_000

/** `static_resources.listeners[0].metadata["a b"]` */
export function pathText(path: readonly (string | number)[]): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (step.startsWith('[')) text += step
    else text += text === '' ? step : `.${step}`
  }
  return text
}

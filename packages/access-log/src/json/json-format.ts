import type { JsonObject, JsonValue } from '@nuncio/config'
import type { FormatContext } from '../context.ts'
import { asBytes, jsonString, jsonText } from '../format/escape.ts'
import { compilePieces, type FormatOptions, type FormatProblem, type Formatter, printed } from '../format/format.ts'
import { sortedJson } from '../format/sorted-json.ts'
import type { FormatValue, ValueOf } from '../operators/definition.ts'

/** As `FormatProblem`, with the way to the text: `['request', 'path']`. */
export interface JsonFormatProblem extends FormatProblem {
  readonly path: readonly (string | number)[]
}

/** A JSON format that can print lines, or everything that is wrong with it. */
export type CompiledJsonFormat =
  | { readonly ok: true; readonly formatter: Formatter }
  | { readonly ok: false; readonly problems: readonly JsonFormatProblem[] }

/** Gives the JSON of one part, or undefined for a part that is left out. */
type Emitter = (context: FormatContext) => string | undefined
/** Compiled JSON: fixed text and what changes. */
type Part = string | Emitter

/**
 * Compiles a JSON format: one line of JSON for each stream, keys sorted. A string that is exactly one operator keeps
 * that operator's type, and is null when its value is missing; other strings stay strings. With `omitEmpty`, missing
 * values, and objects that have nothing else, are left out. Control bytes and quotes are escaped by construction.
 */
export function compileJsonFormat(format: JsonObject, options: FormatOptions = {}): CompiledJsonFormat {
  const build = new Builder(options)
  const root = options.omitEmpty === true ? [build.omitting(format, []) ?? '{}'] : build.parts(format, [])
  if (build.problems.length > 0) return { ok: false, problems: build.problems }
  const { before, emitters } = flatten([...root, '\n'])
  if (emitters.length === 0)
    return { ok: true, formatter: { format: () => before[0]!, isLiteral: before[0]!, reads: [] } }
  return {
    ok: true,
    formatter: { format: (context) => join(before, emitters, context), isLiteral: undefined, reads: build.reads },
  }
}

function join(before: readonly string[], emitters: readonly Emitter[], context: FormatContext): string {
  let out = before[0]!
  for (let i = 0; i < emitters.length; i++) out += (emitters[i]!(context) ?? '{}') + before[i + 1]!
  return out
}

function flatten(parts: readonly Part[]): { before: string[]; emitters: Emitter[] } {
  const before = ['']
  const emitters: Emitter[] = []
  for (const part of parts) {
    if (typeof part === 'string') before[before.length - 1] += part
    else {
      emitters.push(part)
      before.push('')
    }
  }
  return { before, emitters }
}

class Builder {
  readonly problems: JsonFormatProblem[] = []
  readonly reads: string[] = []
  readonly #options: FormatOptions

  constructor(options: FormatOptions) {
    this.#options = options
  }

  /** A value as a flat list of parts; nothing is left out. */
  parts(value: JsonValue, path: readonly (string | number)[]): Part[] {
    if (typeof value === 'string') return this.#string(value, path, 'null')
    if (value === null || typeof value !== 'object') return [sortedJson(value)]
    if (isList(value))
      return between(
        '[',
        ']',
        value.map((item, i) => this.parts(item, [...path, i])),
      )
    return between(
      '{',
      '}',
      sortedFields(value).map(([key, field]) => [keyText(key), ...this.parts(field, [...path, key])]),
    )
  }

  /** A value whose missing parts are left out, or undefined when it is always missing. */
  omitting(value: JsonValue, path: readonly (string | number)[]): Part | undefined {
    if (value === null) return undefined
    if (typeof value === 'string') return joined(this.#string(value, path, undefined))
    if (typeof value !== 'object') return sortedJson(value)
    if (isList(value))
      return omittingList(
        value.map((item, i) => ['', this.omitting(item, [...path, i])]),
        '[]',
      )
    const fields = sortedFields(value).map(
      ([key, field]) => [keyText(key), this.omitting(field, [...path, key])] as const,
    )
    return omittingList(fields, undefined)
  }

  #string(text: string, path: readonly (string | number)[], missing: string | undefined): Part[] {
    const compiled = compilePieces(text, this.#options, true)
    if (!compiled.ok) {
      this.problems.push({ ...compiled, path })
      return []
    }
    this.reads.push(...compiled.reads)
    const [only] = compiled.pieces
    if (compiled.pieces.length === 1 && typeof only === 'function') return [typed(only, missing)]
    const blank = missing === undefined ? '' : '-'
    const inside = compiled.pieces.map((piece) => (typeof piece === 'string' ? jsonText(piece) : escaped(piece, blank)))
    return ['"', ...inside, '"']
  }
}

function typed(value: ValueOf, missing: string | undefined): Emitter {
  return (context) => {
    const found = value(context)
    return found === undefined ? missing : jsonOf(found)
  }
}

function jsonOf(value: Exclude<FormatValue, undefined>): string {
  if (typeof value === 'string') return jsonString(value)
  return typeof value === 'number' && Number.isInteger(value) ? String(value) : sortedJson(value)
}

function escaped(value: ValueOf, blank: string): Emitter {
  return (context) => {
    const found = value(context)
    return found === undefined ? blank : jsonText(printed(found))
  }
}

/** One emitter (or text) for parts none of which is left out alone. */
function joined(parts: readonly Part[]): Part {
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return only
  const { before, emitters } = flatten(parts)
  return emitters.length === 0 ? before[0]! : (context) => join(before, emitters, context)
}

/** An object or list of which only the present parts are printed; `empty` when there are none. */
function omittingList(
  parts: readonly (readonly [string, Part | undefined])[],
  empty: '[]' | undefined,
): Part | undefined {
  const present = parts.filter((part): part is readonly [string, Part] => part[1] !== undefined)
  const open = empty === undefined ? '{' : '['
  const close = empty === undefined ? '}' : ']'
  if (present.length === 0) return empty
  return (context) => {
    let out = ''
    for (const [key, part] of present) {
      const text = typeof part === 'string' ? part : part(context)
      if (text !== undefined) out += (out === '' ? open : ',') + key + text
    }
    return out === '' ? empty : out + close
  }
}

function between(open: string, close: string, items: readonly Part[][]): Part[] {
  return [open, ...items.flatMap((item, i) => (i === 0 ? item : [',', ...item])), close]
}

function sortedFields(value: JsonObject): [string, JsonValue][] {
  return Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

function keyText(key: string): string {
  return `${jsonString(asBytes(key))}:`
}

function isList(value: JsonObject | readonly JsonValue[]): value is readonly JsonValue[] {
  return Array.isArray(value)
}

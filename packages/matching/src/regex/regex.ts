import { re2 } from '#re2'
import type { RE2JS } from 're2js'
import { wireText } from '../text/text.ts'
import { judge } from './harmless.ts'
import type { Substitution } from './substitution.ts'
import { nativeSource, parseSyntax } from './syntax.ts'

/** Envoy's default for `re2.max_program_size.error_level`. */
export const MAX_PROGRAM_SIZE = 100

/** RE2 in C++ counts differently for the same pattern; only what is surely larger than its limit is refused. */
const SIZE_TOLERANCE = 1.3

/**
 * A regular expression that takes time in proportion to its input. RE2 decides what is legal and does the work, except
 * where a pattern is proven to be linear in the native engine too.
 *
 * Texts are Latin-1 views of bytes, as everywhere on the wire, and `.` is one byte, as for Envoy. Other characters of
 * the pattern stand for the bytes of their UTF-8 form.
 */
export class Regex {
  readonly pattern: string
  /** Text that every whole match begins with, for indexes; '' when unknown. */
  readonly prefix: string
  /** Whether whole matches go to the native engine. */
  readonly native: boolean
  readonly #re2: RE2JS
  readonly #whole: RegExp | undefined
  readonly #search: RegExp | undefined

  constructor(pattern: string, compiled: RE2JS) {
    this.pattern = pattern
    this.#re2 = compiled
    const node = parseSyntax(wireText(pattern))
    const verdict = node === undefined ? undefined : judge(node)
    this.prefix = verdict?.prefix ?? ''
    this.#whole = verdict?.match === true ? new RegExp(`^(?:${nativeSource(node!)})$`) : undefined
    this.#search = verdict?.search === true ? new RegExp(nativeSource(node!), 'g') : undefined
    this.native = this.#whole !== undefined
  }

  /** Whether the whole of a text matches. */
  matches(text: string): boolean {
    return this.#whole === undefined ? this.#re2.testExact(text) : this.#whole.test(text)
  }

  /** Replaces every match, from left to right, as RE2's GlobalReplace does. */
  replaceAll(text: string, substitution: Substitution): string {
    if (substitution.maxGroup > this.#re2.groupCount()) return text
    return this.#search === undefined
      ? replaceRe2(this.#re2, text, substitution)
      : replaceNative(this.#search, text, substitution)
  }

  describe(): string {
    return `regex ${JSON.stringify(this.pattern)}`
  }
}

/** Compiles a pattern, or says why it is refused. `maxProgramSize` bounds RE2's program. */
export function compileRegex(pattern: string, maxProgramSize = MAX_PROGRAM_SIZE): Regex | string {
  const engine = re2()
  let compiled: RE2JS
  try {
    compiled = engine.RE2JS.compile(wireText(pattern))
  } catch (error) {
    if (error instanceof engine.RE2JSException) return error.message
    throw error
  }
  const size = compiled.programSize()
  if (size > maxProgramSize * SIZE_TOLERANCE)
    return `its program size of ${size} is above the limit of ${maxProgramSize}`
  return new Regex(pattern, compiled)
}

// An empty match right behind the last match does not count; the search then goes on one character later.
function replaceNative(regex: RegExp, text: string, substitution: Substitution): string {
  let out = ''
  let at = 0
  let lastEnd = -1
  while (at <= text.length) {
    regex.lastIndex = at
    const found = regex.exec(text)
    if (found === null) break
    out += text.slice(at, found.index)
    if (found[0] === '' && found.index === lastEnd) {
      out += text.slice(found.index, found.index + 1)
      at = found.index + 1
      continue
    }
    for (const part of substitution.parts) out += typeof part === 'string' ? part : (found[part] ?? '')
    at = lastEnd = found.index + found[0].length
  }
  return out + text.slice(at)
}

function replaceRe2(regex: RE2JS, text: string, substitution: Substitution): string {
  const matcher = regex.matcher(text)
  let out = ''
  let at = 0
  let lastEnd = -1
  while (at <= text.length && matcher.find(at)) {
    const start = matcher.start()
    const end = matcher.end()
    out += text.slice(at, start)
    if (start === end && start === lastEnd) {
      out += text.slice(start, start + 1)
      at = start + 1
      continue
    }
    for (const part of substitution.parts) out += typeof part === 'string' ? part : (matcher.group(part) ?? '')
    at = lastEnd = end
  }
  return out + text.slice(at)
}

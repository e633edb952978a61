import { compileRegex } from '@nuncio/matching'

/**
 * A text that a pattern matches as a whole, found by reading the usual syntax and taking the first and shortest way
 * through it; undefined when that does not lead to a match. `any` is what stands for a character that may be anything.
 */
export function sampleRegex(pattern: string, any = 'x'): string | undefined {
  const regex = compileRegex(pattern, Number.MAX_SAFE_INTEGER)
  if (typeof regex === 'string') return undefined
  for (const repeats of [0, 1]) {
    const text = new Sampler(pattern, any, repeats).whole()
    if (text !== undefined && regex.matches(text)) return text
  }
  return undefined
}

const CLASSES: Readonly<Record<string, string>> = { d: '0', w: 'x', s: ' ', D: 'x', W: '-', S: 'x' }
const CONTROLS: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f', v: '\v', a: '\u0007' }
const REPEAT = /[*+?]|\{(\d+)(?:,(\d*))?\}/y
const FLAGS = /\(\?[imsU-]+\)/y
const OPENING = /\((?:\?(?::|P?<\w+>|[imsU-]*:))?/y
const MAX_LENGTH = 4096

class Sampler {
  readonly #text: string
  readonly #any: string
  readonly #repeats: number
  #at = 0

  constructor(text: string, any: string, repeats: number) {
    this.#text = text
    this.#any = any
    this.#repeats = repeats
  }

  whole(): string | undefined {
    const sample = this.#choice()
    return this.#at === this.#text.length ? sample : undefined
  }

  /** The first alternative; the others are read and left. */
  #choice(): string {
    const first = this.#sequence()
    while (this.#text[this.#at] === '|') {
      this.#at++
      this.#sequence()
    }
    return first
  }

  #sequence(): string {
    let out = ''
    while (this.#at < this.#text.length && this.#text[this.#at] !== '|' && this.#text[this.#at] !== ')')
      out += this.#repeated()
    return out
  }

  #repeated(): string {
    const atom = this.#atom()
    const found = this.#take(REPEAT)
    if (found === undefined) return atom
    if (this.#text[this.#at] === '?') this.#at++
    const least = found[0] === '+' ? 1 : found[1] === undefined ? 0 : Number(found[1])
    const most = found[0] === '?' ? 1 : found[1] !== undefined && found[2] === undefined ? least : Infinity
    const times = Math.min(most, Math.max(least, this.#repeats))
    return atom.repeat(Math.min(times, Math.floor(MAX_LENGTH / Math.max(1, atom.length))))
  }

  #atom(): string {
    if (this.#take(FLAGS) !== undefined) return ''
    const char = this.#text[this.#at]!
    if (char === '(') {
      this.#take(OPENING)
      const inner = this.#choice()
      if (this.#text[this.#at] === ')') this.#at++
      return inner
    }
    if (char === '[') return this.#set()
    this.#at++
    if (char === '\\') return this.#escape()
    if (char === '.') return this.#any
    return char === '^' || char === '$' ? '' : char
  }

  #escape(): string {
    const char = this.#text[this.#at++] ?? ''
    if (char === 'x') {
      const hex = /^(?:\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{2}))/.exec(this.#text.slice(this.#at))
      this.#at += hex?.[0].length ?? 0
      return String.fromCharCode(parseInt(hex?.[1] ?? hex?.[2] ?? '0', 16))
    }
    return /[AzbB]/.test(char) ? '' : (CLASSES[char] ?? CONTROLS[char] ?? char)
  }

  /** The first member of a set, or a usual character that a negated one leaves. */
  #set(): string {
    const start = this.#at++
    const negated = this.#text[this.#at] === '^'
    if (negated) this.#at++
    let first: string | undefined
    for (let i = 0; this.#at < this.#text.length && (i === 0 || this.#text[this.#at] !== ']'); i++) {
      const member = this.#member()
      first ??= member
    }
    this.#at++
    if (!negated) return first ?? ''
    const set = new RegExp(this.#text.slice(start, this.#at).replaceAll(/\[:\w+:\]/g, ''))
    return [this.#any, 'x', '0', '-', 'A', '/'].find((char) => set.test(char)) ?? ''
  }

  #member(): string | undefined {
    if (this.#take(/\[:\w+:\]/y) !== undefined) return 'x'
    const char = this.#text[this.#at++]!
    return char === '\\' ? this.#escape() : char
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    if (found === null) return undefined
    this.#at = pattern.lastIndex
    return found
  }
}

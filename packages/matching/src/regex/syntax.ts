import { isAscii } from '../text/text.ts'
import { CharSet, charSet } from './char-set.ts'

/** The part of RE2's syntax that is understood well enough to hand it to the native engine. */
export type Node =
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'assert'; readonly text: '^' | '$' | '\\b' | '\\B' }
  | { readonly kind: 'sequence'; readonly parts: readonly Node[] }
  | { readonly kind: 'choice'; readonly parts: readonly Node[] }
  | { readonly kind: 'group'; readonly captures: boolean; readonly part: Node }
  | { readonly kind: 'repeat'; readonly part: Node; readonly min: number; readonly max: number; readonly lazy: boolean }

const CLASSES: Readonly<Record<string, string>> = { d: '09', w: '09AZ__az', s: '\t\n\f\r  ' }
const CONTROLS: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 }
const ASSERTS: Readonly<Record<string, '^' | '$' | '\\b' | '\\B'>> = { A: '^', z: '$', b: '\\b', B: '\\B' }
const REPEAT = /[*+?]|\{(\d+)(?:(,)(\d*))?\}/y
const GROUP = /\((?:\?(?::|P?<\w+>))?/y

class Unsupported extends Error {}

/**
 * Reads a legal RE2 pattern over bytes; undefined when it holds anything beyond the usual (flags but a leading `(?i)`,
 * `\Q`, `\p`, POSIX classes, and letters beyond ASCII where case is ignored).
 */
export function parseSyntax(pattern: string): Node | undefined {
  try {
    const parser = new Parser(pattern)
    const node = parser.choice()
    return parser.at === pattern.length ? node : undefined
  } catch (error) {
    if (error instanceof Unsupported) return undefined
    throw error
  }
}

class Parser {
  at = 0
  readonly #text: string
  readonly #fold: boolean

  constructor(text: string) {
    this.#text = text
    this.#fold = text.startsWith('(?i)')
    if (this.#fold && !isAscii(text)) throw new Unsupported()
    if (this.#fold) this.at = 4
  }

  choice(): Node {
    const parts = [this.#sequence()]
    while (this.#text[this.at] === '|') {
      this.at++
      parts.push(this.#sequence())
    }
    return parts.length === 1 ? parts[0]! : { kind: 'choice', parts }
  }

  #sequence(): Node {
    const parts: Node[] = []
    while (this.at < this.#text.length && this.#text[this.at] !== '|' && this.#text[this.at] !== ')')
      parts.push(this.#repeat())
    return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts }
  }

  #repeat(): Node {
    const part = this.#atom()
    REPEAT.lastIndex = this.at
    const found = REPEAT.exec(this.#text)
    if (found === null) return part
    if (part.kind === 'assert') throw new Unsupported()
    this.at = REPEAT.lastIndex
    const lazy = this.#text[this.at] === '?'
    if (lazy) this.at++
    const [text, low, comma, high] = found
    if (low === undefined)
      return { kind: 'repeat', part, min: text === '+' ? 1 : 0, max: text === '?' ? 1 : Infinity, lazy }
    const max = comma === undefined ? Number(low) : high === '' ? Infinity : Number(high)
    return { kind: 'repeat', part, min: Number(low), max, lazy }
  }

  #atom(): Node {
    const char = this.#text[this.at]!
    if (char === '(') return this.#group()
    if (char === '[') return { kind: 'set', set: this.#class() }
    if (char === '\\') return this.#escape()
    if ('*+?{'.includes(char)) throw new Unsupported()
    this.at++
    if (char === '^' || char === '$') return { kind: 'assert', text: char }
    if (char === '.') return { kind: 'set', set: new CharSet().add(10).invert() }
    return { kind: 'set', set: this.#literal(char.charCodeAt(0)) }
  }

  #group(): Node {
    GROUP.lastIndex = this.at
    const opening = GROUP.exec(this.#text)![0]
    if (opening === '(' && this.#text[this.at + 1] === '?') throw new Unsupported()
    this.at += opening.length
    const part = this.choice()
    if (this.#text[this.at++] !== ')') throw new Unsupported()
    return { kind: 'group', captures: opening !== '(?:', part }
  }

  #escape(): Node {
    const assert = ASSERTS[this.#text[this.at + 1] ?? '']
    if (assert === undefined) return { kind: 'set', set: this.#escapedSet() }
    this.at += 2
    return { kind: 'assert', text: assert }
  }

  /** After a backslash: a class such as `\d`, or one character. */
  #escapedSet(): CharSet {
    const char = this.#text[this.at + 1] ?? ''
    const pairs = CLASSES[char.toLowerCase()]
    if (pairs === undefined) return this.#literal(this.#escapedChar())
    this.at += 2
    const set = charSet(pairs)
    return char >= 'a' ? set : set.invert()
  }

  #escapedChar(): number {
    const char = this.#text[this.at + 1] ?? ''
    this.at += 2
    const control = CONTROLS[char]
    if (control !== undefined) return control
    if (/[!-/:-@[-^`{-~]/.test(char)) return char.charCodeAt(0)
    const hex = char === 'x' ? /^(?:([0-9a-fA-F]{2})|\{(0*[0-9a-fA-F]{1,2})\})/.exec(this.#text.slice(this.at)) : null
    if (hex === null) throw new Unsupported()
    this.at += hex[0].length
    return parseInt(hex[1] ?? hex[2]!, 16)
  }

  #class(): CharSet {
    const set = new CharSet()
    this.at++
    const negated = this.#text[this.at] === '^'
    if (negated) this.at++
    for (let first = true; first || this.#text[this.at] !== ']'; first = false) this.#classItem(set)
    this.at++
    if (this.#fold) set.foldCase()
    return negated ? set.invert() : set
  }

  #classItem(set: CharSet): void {
    const char = this.#text[this.at]
    if (char === '\\' && CLASSES[(this.#text[this.at + 1] ?? '').toLowerCase()] !== undefined) {
      set.addAll(this.#escapedSet())
      return
    }
    const from = this.#classChar()
    const ranged = this.#text[this.at] === '-' && this.#text[this.at + 1] !== ']'
    if (!ranged) {
      set.add(from)
      return
    }
    this.at++
    set.add(from, this.#classChar())
  }

  #classChar(): number {
    const char = this.#text[this.at]
    if (char === undefined || (char === '[' && this.#text[this.at + 1] === ':')) throw new Unsupported()
    if (char === '\\') return this.#escapedChar()
    this.at++
    return char.charCodeAt(0)
  }

  #literal(c: number): CharSet {
    const set = new CharSet().add(c)
    return this.#fold ? set.foldCase() : set
  }
}

/** The node as a JavaScript RegExp source that means the same for bytes. */
export function nativeSource(node: Node): string {
  switch (node.kind) {
    case 'set':
      return node.set.source()
    case 'assert':
      return node.text
    case 'sequence':
      return node.parts
        .map((part) => (part.kind === 'choice' ? `(?:${nativeSource(part)})` : nativeSource(part)))
        .join('')
    case 'choice':
      return node.parts.map(nativeSource).join('|')
    case 'group':
      return `(${node.captures ? '' : '?:'}${nativeSource(node.part)})`
    case 'repeat': {
      const { min, max } = node
      return `${nativeSource(node.part)}{${min},${max === Infinity ? '' : max}}${node.lazy ? '?' : ''}`
    }
  }
}

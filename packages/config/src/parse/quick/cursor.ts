import { type Finding, finding } from '../finding.ts'
import { type ParseLimits, FORBIDDEN_KEYS } from '../limits.ts'
import { mergeEntries } from '../merge-keys.ts'
import { type Entry, type MapNode, type Node, scalarNode } from '../../tree/node.ts'

/** Why the quick reader gives a text up: what it does not read, or what is wrong with the text. */
export class GiveUp {
  readonly finding: Finding
  /** The text is wrong for sure, and no better reader has to be asked. */
  readonly final: boolean

  constructor(found: Finding, final: boolean) {
    this.finding = found
    this.final = final
  }
}

/** What `nextLine` answers at a `---`. */
export const DOCUMENT_MARK = -2

interface Anchored {
  node: Node | undefined
  weight: number
  /** Levels below the node. */
  height: number
}

/** The text under the quick reader, and where it is in it. */
export class Cursor {
  readonly text: string
  readonly base: number
  readonly limits: ParseLimits
  pos = 0
  lineStart = 0
  /** Tabs may stand between the parts of a text that is one flow collection, as in JSON. */
  tabs = false
  readonly #anchors = new Map<string, Anchored>()
  #weight = 0
  #written = 0
  /** The deepest level since the innermost anchor. */
  #deepest = 0

  constructor(text: string, base: number, limits: ParseLimits) {
    this.text = text
    this.base = base
    this.limits = limits
  }

  /** Not a mistake, only more than the quick reader reads. */
  leave(what: string): never {
    throw new GiveUp(finding('syntax', this.base + this.pos, what), false)
  }

  refuse(code: string, offset: number, message: string): never {
    throw new GiveUp(finding(code, offset, message), true)
  }

  enter(depth: number): void {
    this.#weight++
    this.#written++
    this.#reach(depth, this.base + this.pos)
  }

  #reach(depth: number, offset: number): void {
    if (depth > this.#deepest) this.#deepest = depth
    if (depth > this.limits.maxDepth)
      this.refuse('too-deep', offset, `nested deeper than ${this.limits.maxDepth} levels`)
  }

  /** A value that is not there. */
  nothing(offset = this.pos): Node {
    this.#weight++
    this.#written++
    return scalarNode(this.base + offset, '', true)
  }

  anchored(name: string, depth: number, read: () => Node): Node {
    const held: Anchored = { node: undefined, weight: 0, height: 0 }
    this.#anchors.set(name, held)
    const before = this.#weight
    const deepest = this.#deepest
    this.#deepest = depth
    const node = read()
    held.node = node
    held.weight = this.#weight - before
    held.height = this.#deepest - depth
    this.#deepest = Math.max(deepest, this.#deepest)
    return node
  }

  alias(name: string, depth: number): Node {
    const target = this.#anchors.get(name)
    // The other reader has the words for aliases that stand for nothing or for themselves.
    if (!target?.node) this.leave('alias')
    const offset = this.base + this.pos - name.length - 1
    this.#reach(depth + target.height, offset)
    this.#weight += target.weight
    if (this.#weight - this.#written > this.limits.maxAliasNodes)
      this.refuse('alias-expansion', offset, `aliases stand for more than ${this.limits.maxAliasNodes} nodes`)
    return target.node
  }

  /** The word after `&` or `*`. */
  name(): string {
    const from = ++this.pos
    while (isNameChar(this.text.charCodeAt(this.pos))) this.pos++
    if (this.pos === from) this.leave('anchor')
    return this.text.slice(from, this.pos)
  }

  skipSpaces(): void {
    while (this.text.charCodeAt(this.pos) === 32) this.pos++
  }

  /** From the end of a value: nothing but a comment may follow on the line. */
  endLine(): void {
    const { text } = this
    const from = this.pos
    this.skipSpaces()
    const code = text.charCodeAt(this.pos)
    if (code === 10 || Number.isNaN(code)) return
    if (code !== 35 || (this.pos === from && text.charCodeAt(from - 1) !== 32))
      this.leave('something follows the value')
    const end = text.indexOf('\n', this.pos)
    this.pos = end < 0 ? text.length : end
  }

  /**
   * From the end of a line to the next that has content; its indentation, -1 at the end, DOCUMENT_MARK at a `---` where
   * one is allowed.
   */
  nextLine(markAllowed = false): number {
    const { text } = this
    for (;;) {
      if (this.pos >= text.length) return -1
      if (text.charCodeAt(this.pos) === 10) this.lineStart = ++this.pos
      const start = this.pos
      this.skipSpaces()
      const code = text.charCodeAt(this.pos)
      if (Number.isNaN(code)) return -1
      if (code === 10) continue
      if (code === 35) {
        const end = text.indexOf('\n', this.pos)
        this.pos = end < 0 ? text.length : end
        continue
      }
      if (code === 9 || code === 13) this.leave('tab or carriage return')
      if (this.pos === start && isDocumentMark(text, start)) {
        if (markAllowed && code === 45) return DOCUMENT_MARK
        this.leave('document mark')
      }
      return this.pos - this.lineStart
    }
  }
}

function isNameChar(code: number): boolean {
  return (
    (code >= 48 && code <= 57) ||
    (code >= 65 && code <= 90) ||
    (code >= 97 && code <= 122) ||
    code === 45 ||
    code === 95 ||
    code === 46
  )
}

/** `---` or `...` at the beginning of a line. */
function isDocumentMark(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  if (code !== 45 && code !== 46) return false
  if (text.charCodeAt(at + 1) !== code || text.charCodeAt(at + 2) !== code) return false
  const after = text.charCodeAt(at + 3)
  return Number.isNaN(after) || after === 32 || after === 10
}

/** Adds an entry to a map that is being read. */
export function addEntry(cursor: Cursor, map: MapNode, entry: Entry, merged: Node[], plain: boolean): void {
  if (plain && entry.key === '<<') {
    merged.push(entry.value)
    return
  }
  if (FORBIDDEN_KEYS.has(entry.key)) cursor.leave('forbidden key')
  map.entries.push(entry)
}

/** Checks that no key is there twice, and adds what `<<` brought. */
export function finishMap(cursor: Cursor, map: MapNode, merged: Node[]): MapNode {
  const entries = map.entries
  if (entries.length > 12) {
    const keys = new Set<string>()
    for (const { key } of entries) keys.add(key)
    if (keys.size < entries.length) cursor.leave('duplicate key')
  } else {
    for (let i = 1; i < entries.length; i++) {
      for (let k = 0; k < i; k++) if (entries[i]!.key === entries[k]!.key) cursor.leave('duplicate key')
    }
  }
  for (const value of merged) if (!mergeEntries(entries, value)) cursor.leave('merge')
  return map
}

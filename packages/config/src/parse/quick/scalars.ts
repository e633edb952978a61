import type { Cursor } from './cursor.ts'

const COLON = 58
const HASH = 35
const SPACE = 32
const NEWLINE = 10
const TAB = 9

/** Whether a plain scalar may begin with this character. */
export function beginsPlain(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  if (code <= SPACE || Number.isNaN(code)) return false
  if (code === 45 || code === 63 || code === COLON) return !isGap(text.charCodeAt(at + 1))
  return !NEVER_FIRST.has(code)
}

/** `,[]{}#&*!|>'"%@` and the grave accent. */
const NEVER_FIRST = new Set(Array.from(',[]{}#&*!|>\'"%@`', (char) => char.charCodeAt(0)))

function isGap(code: number): boolean {
  return code === SPACE || code === NEWLINE || code === TAB || Number.isNaN(code)
}

/**
 * The end of a plain scalar of one line, blanks at its end left out. Stops at a colon that makes it a key, at a comment
 * and at the end of the line.
 */
export function plainEnd(cursor: Cursor): number {
  const { text } = cursor
  let end = cursor.pos
  for (let at = cursor.pos; ; at++) {
    const code = text.charCodeAt(at)
    if (code === SPACE) {
      if (text.charCodeAt(at + 1) === HASH) return end
      continue
    }
    if (code === NEWLINE || Number.isNaN(code)) return end
    if (code === COLON && isGap(text.charCodeAt(at + 1))) return end
    if (code === TAB || code === 13) cursor.leave('tab or carriage return')
    end = at + 1
  }
}

/** As `plainEnd`, inside a flow collection. */
export function flowPlainEnd(cursor: Cursor): number {
  const { text } = cursor
  let end = cursor.pos
  for (let at = cursor.pos; ; at++) {
    const code = text.charCodeAt(at)
    if (code === SPACE) {
      if (text.charCodeAt(at + 1) === HASH) return end
      continue
    }
    if (code === NEWLINE || Number.isNaN(code) || isFlowMark(code)) return end
    if (code === COLON) {
      const next = text.charCodeAt(at + 1)
      if (isGap(next) || isFlowMark(next)) return end
    }
    if (code === TAB || code === 13) {
      if (!cursor.tabs) cursor.leave('tab or carriage return')
      return end
    }
    end = at + 1
  }
}

/** `,[]{}` */
export function isFlowMark(code: number): boolean {
  return code === 44 || code === 91 || code === 93 || code === 123 || code === 125
}

/** A quoted scalar of one line; the cursor is at its quote and ends behind it. */
export function quoted(cursor: Cursor): string {
  return cursor.text.charCodeAt(cursor.pos) === 34 ? doubleQuoted(cursor) : singleQuoted(cursor)
}

function singleQuoted(cursor: Cursor): string {
  const { text } = cursor
  const from = cursor.pos + 1
  let end = text.indexOf("'", from)
  let escaped = false
  while (end >= 0 && text.charCodeAt(end + 1) === 39) {
    escaped = true
    end = text.indexOf("'", end + 2)
  }
  if (end < 0) cursor.leave('no closing quote')
  const body = text.slice(from, end)
  if (body.includes('\n') || body.includes('\r')) cursor.leave('quoted text of several lines')
  cursor.pos = end + 1
  return escaped ? body.replaceAll("''", "'") : body
}

function doubleQuoted(cursor: Cursor): string {
  const { text } = cursor
  const from = cursor.pos + 1
  let escaped = false
  for (let at = from; ; at++) {
    const code = text.charCodeAt(at)
    if (code === 34) {
      cursor.pos = at + 1
      const body = text.slice(from, at)
      return escaped ? unescape(cursor, body) : body
    }
    if (code === 92) {
      escaped = true
      at++
      if (text.charCodeAt(at) === NEWLINE) cursor.leave('quoted text of several lines')
    } else if (code === NEWLINE || code === 13 || Number.isNaN(code)) cursor.leave('quoted text of several lines')
  }
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['r', '\r'],
  ['b', '\b'],
  ['f', '\f'],
  ['0', '\0'],
  ['a', '\u0007'],
  ['e', '\u001b'],
  ['v', '\u000b'],
  [' ', ' '],
  ['N', '\u0085'],
  ['_', '\u00a0'],
  ['L', '\u2028'],
  ['P', '\u2029'],
])
const DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 }

function unescape(cursor: Cursor, body: string): string {
  let out = ''
  let at = 0
  for (let next = body.indexOf('\\'); next >= 0; next = body.indexOf('\\', at)) {
    out += body.slice(at, next)
    const kind = body[next + 1] ?? ''
    const digits = DIGITS[kind]
    if (digits === undefined) {
      const plain = ESCAPES.get(kind)
      if (plain === undefined) cursor.leave('unknown escape')
      out += plain
      at = next + 2
    } else {
      const code = body.slice(next + 2, next + 2 + digits)
      if (code.length < digits || !/^[\da-fA-F]+$/.test(code) || Number.parseInt(code, 16) > 0x10_ffff)
        cursor.leave('unknown escape')
      out += String.fromCodePoint(Number.parseInt(code, 16))
      at = next + 2 + digits
    }
  }
  return out + body.slice(at)
}

/** A literal block scalar (`|`); the cursor is at its mark and ends at the end of its last line. */
export function literal(cursor: Cursor, parentIndent: number): string {
  const { text } = cursor
  const chomp = text[++cursor.pos] === '-' || text[cursor.pos] === '+' ? text[cursor.pos++] : ''
  const digit = text.charCodeAt(cursor.pos)
  if (digit >= 48 && digit <= 57) cursor.leave('indentation indicator')
  cursor.endLine()
  const lines: string[] = []
  let indent = -1
  while (cursor.pos < text.length) {
    const start = cursor.pos + 1
    const newline = text.indexOf('\n', start)
    const end = newline < 0 ? text.length : newline
    let at = start
    while (at < end && text.charCodeAt(at) === SPACE) at++
    if (at < end) {
      if (indent < 0) indent = firstIndent(cursor, lines, at - start, parentIndent)
      if (at - start < indent || (indent < 0 && at - start <= parentIndent)) break
      const line = text.slice(start + indent, end)
      if (line.includes('\r')) cursor.leave('carriage return')
      lines.push(line)
    } else lines.push(indent < 0 ? ' '.repeat(at - start) : text.slice(Math.min(start + indent, end), end))
    // The text ends without a newline after these blanks.
    if (at === text.length && newline < 0 && at === start) lines.pop()
    cursor.lineStart = start
    cursor.pos = end
  }
  if (indent < 0 && lines.length > 0) cursor.leave('only blank lines')
  return chomped(lines, chomp)
}

/** The indentation that the first line with content sets; -1 when it does not belong to the scalar. */
function firstIndent(cursor: Cursor, blank: string[], indent: number, parentIndent: number): number {
  if (indent <= parentIndent) return -1
  for (let i = 0; i < blank.length; i++) {
    if (blank[i]!.length > indent) cursor.leave('a blank line is indented deeper than the text')
    blank[i] = ''
  }
  return indent
}

function chomped(lines: string[], chomp: string | undefined): string {
  let last = lines.length
  while (last > 0 && lines[last - 1] === '') last--
  const body = lines.slice(0, last).join('\n')
  if (chomp === '-') return body
  if (chomp === '+') return lines.length === 0 ? '' : `${lines.join('\n')}\n`
  return last === 0 ? '' : `${body}\n`
}

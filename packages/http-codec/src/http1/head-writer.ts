import { HeaderTable, headerId, type HeaderMap } from '@nuncio/core'
import { CONNECTION, CONTENT_LENGTH, HOST_LINE, TE, TRAILER, UPGRADE } from './head-parser.ts'
import type { HeaderKeyFormat } from './options.ts'
import { isToken, parseLength } from './tokens.ts'

const REMOVED = 255

/** Which lines are left out, by the number of their header. */
export type DropTable = Uint8Array

/** Hop-by-hop and framing fields; `te` and `trailer` are there only when the decoder let them through. */
function dropTable(...also: readonly number[]): DropTable {
  const table = new Uint8Array(256)
  for (let id = 1; id < CONTENT_LENGTH; id++) if (id !== TE && id !== TRAILER) table[id] = 1
  table[REMOVED] = 1
  for (const id of also) table[id] = 1
  return table
}
function withUpgrade(table: DropTable): DropTable {
  const copy = table.slice()
  copy[CONNECTION] = copy[UPGRADE] = 0
  return copy
}
export const DROP = dropTable()
export const DROP_LENGTH = dropTable(CONTENT_LENGTH)
export const DROP_HOST = dropTable(HOST_LINE)
export const DROP_HOST_LENGTH = dropTable(HOST_LINE, CONTENT_LENGTH)
export const DROP_LENGTH_NOT_UPGRADE = withUpgrade(DROP_LENGTH)
export const DROP_HOST_LENGTH_NOT_UPGRADE = withUpgrade(DROP_HOST_LENGTH)

/** The table itself, or one with the same lines when the headers are of another make. */
export function asTable(headers: HeaderMap): HeaderTable {
  if (headers instanceof HeaderTable) return headers
  const table = new HeaderTable()
  headers.forEach((name, value) => table.append(name, value))
  return table
}

/** There is no Content-Length. */
const NO_LENGTH = -1
/** There is one that cannot be used: malformed, or not the same everywhere. */
const BAD_LENGTH = -2

/** The length that the fields claim, `NO_LENGTH` or `BAD_LENGTH`. */
export function claimedLength(table: HeaderTable): number {
  let length = NO_LENGTH
  for (let line = table.findId(CONTENT_LENGTH, 0); line >= 0; line = table.findId(CONTENT_LENGTH, line + 1)) {
    const value = parseLength(table.valueAt(line))
    if (value < 0 || (length !== NO_LENGTH && length !== value)) return BAD_LENGTH
    if (length !== NO_LENGTH) table.removeLine(line)
    length = value
  }
  const added = table.added
  if (added === undefined) return length
  for (let i = 0; i < added.length; i += 2) {
    if (addedId(added[i]!) !== CONTENT_LENGTH) continue
    const value = parseLength(added[i + 1]!)
    if (value < 0 || length !== NO_LENGTH) return BAD_LENGTH
    length = value
  }
  return length
}

/** Not a name that may be written. */
const NO_NAME = -1
const MAX_REMEMBERED = 512
const names = new Map<string, number>()

/** The number of the header with this name, 0 for others, `NO_NAME` when it is not a token. */
function addedId(name: string): number {
  // Names that are added come from code and configuration: a handful, again and again.
  const known = names.get(name)
  if (known !== undefined) return known
  const id = isToken(name) ? headerId(name.toLowerCase()) : NO_NAME
  if (names.size < MAX_REMEMBERED) names.set(name, id)
  return id
}

/**
 * All lines of a head that are forwarded, each with its CRLF. What was received goes on as it was, in slices as long as
 * possible; only changed lines are written anew.
 */
export function headerLines(table: HeaderTable, drop: DropTable, format: HeaderKeyFormat): string {
  const received = format === 'preserve' ? receivedLines(table, drop) : formattedLines(table, drop, format)
  return table.added === undefined ? received : received + addedLines(table.added, drop, format)
}

function receivedLines(table: HeaderTable, drop: DropTable): string {
  const { count, ids, offsets, raw, replaced } = table
  let out = ''
  let from = -1
  for (let line = 0; line < count; line++) {
    const dropped = drop[ids[line]!] === 1
    const value = replaced === undefined ? undefined : replaced[line]
    if (!dropped && value === undefined) {
      if (from < 0) from = offsets[line << 2]!
      continue
    }
    if (from >= 0) {
      out += raw.slice(from, offsets[line << 2])
      from = -1
    }
    if (!dropped) out += `${table.nameAt(line)}: ${safeValue(value!)}\r\n`
  }
  return from < 0 ? out : out + raw.slice(from)
}

function formattedLines(table: HeaderTable, drop: DropTable, format: HeaderKeyFormat): string {
  let out = ''
  for (let line = 0; line < table.count; line++) {
    if (drop[table.ids[line]!] === 1) continue
    out += `${formatName(table.nameAt(line), format)}: ${safeValue(table.valueAt(line))}\r\n`
  }
  return out
}

function addedLines(added: readonly string[], drop: DropTable, format: HeaderKeyFormat): string {
  let out = ''
  const message = drop[HOST_LINE] === 1 ? REMEMBERED + 1 : 0
  for (let i = 0; i < added.length; i += 2) {
    const name = added[i]!
    const id = addedId(name)
    if (id === NO_NAME || drop[id] === 1) continue
    out +=
      (format === 'preserve' ? name : formatName(name, format)) +
      ': ' +
      safeAgain(added[i + 1]!, message + ((i >> 1) & REMEMBERED)) +
      '\r\n'
  }
  return out
}

const proper = new Map<string, string>()

/** A header name in the given format. */
export function formatName(name: string, format: HeaderKeyFormat): string {
  if (format === 'preserve') return name
  if (format === 'lower') return name.toLowerCase()
  let text = proper.get(name)
  if (text === undefined) {
    text = name.toLowerCase().replace(/(^|[^a-z0-9])[a-z]/g, (start) => start.toUpperCase())
    if (proper.size < MAX_REMEMBERED) proper.set(name, text)
  }
  return text
}

// Anything above U+00FF would lose its high byte on the way out, and might come out as a line end.
const UNSAFE = /[^\t\x20-\x7e\x80-\xff]/
const ALL_UNSAFE = /[^\t\x20-\x7e\x80-\xff]/g

// Most values are the same in each message: a value that was fine the last time need not be looked at again.
const REMEMBERED = 15
const fine: string[] = Array.from({ length: 2 * (REMEMBERED + 1) }, () => '')

/** As `safeValue`, for the value at one place of a message. */
function safeAgain(value: string, place: number): string {
  if (value === fine[place]) return value
  if (UNSAFE.test(value)) return value.replace(ALL_UNSAFE, '')
  fine[place] = value
  return value
}

/** A value as it may stand on the wire: what could end or split a line is taken out. */
export function safeValue(value: string): string {
  return UNSAFE.test(value) ? value.replace(ALL_UNSAFE, '') : value
}

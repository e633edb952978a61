import { listNode, mapNode, type MapNode, type Node, scalarNode } from '../../tree/node.ts'
import { addEntry, type Cursor, finishMap } from './cursor.ts'
import { flowCollection } from './flow.ts'
import { beginsPlain, literal, plainEnd, quoted } from './scalars.ts'

const COLON = 58
const DASH = 45

function isGap(code: number): boolean {
  return code === 32 || code === 10 || Number.isNaN(code)
}

function isItem(cursor: Cursor): boolean {
  return cursor.text.charCodeAt(cursor.pos) === DASH && isGap(cursor.text.charCodeAt(cursor.pos + 1))
}

/**
 * A node that begins at the cursor, in this column; `parent` is the indentation of what holds it. The cursor ends at the
 * first content of a later line, or at the end of the text.
 */
export function blockNode(cursor: Cursor, column: number, parent: number, depth: number): Node {
  if (isItem(cursor)) return blockList(cursor, column, depth)
  const { text } = cursor
  const code = text.charCodeAt(cursor.pos)
  const from = cursor.pos
  if (code === 34 || code === 39) {
    const value = quoted(cursor)
    const end = cursor.pos
    cursor.skipSpaces()
    if (isKeyColon(cursor)) return blockMap(cursor, column, depth, value, from)
    cursor.pos = end
    return lastOnLine(cursor, quotedNode(cursor, value, from, depth), parent)
  }
  if (beginsPlain(text, from)) {
    const end = plainEnd(cursor)
    if (text.charCodeAt(end) === COLON || isColonAfterBlanks(text, end)) {
      cursor.pos = text.indexOf(':', end)
      return blockMap(cursor, column, depth, text.slice(from, end), from)
    }
  }
  return inlineValue(cursor, parent, depth)
}

/** `key : value`, blanks before the colon. */
function isColonAfterBlanks(text: string, end: number): boolean {
  let at = end
  while (text.charCodeAt(at) === 32) at++
  return text.charCodeAt(at) === COLON && isGap(text.charCodeAt(at + 1))
}

function isKeyColon(cursor: Cursor): boolean {
  return cursor.text.charCodeAt(cursor.pos) === COLON && isGap(cursor.text.charCodeAt(cursor.pos + 1))
}

function quotedNode(cursor: Cursor, value: string, from: number, depth: number): Node {
  cursor.enter(depth)
  return scalarNode(cursor.base + from, value, false)
}

/** After a value that ends on its line: the next line has to belong to something further out. */
function lastOnLine(cursor: Cursor, node: Node, parent: number): Node {
  cursor.endLine()
  if (cursor.nextLine() > parent) cursor.leave('a value of several lines')
  return node
}

function blockMap(cursor: Cursor, column: number, depth: number, firstKey: string, firstOffset: number): MapNode {
  cursor.enter(depth)
  const map = mapNode(cursor.base + firstOffset)
  const merged: Node[] = []
  let key = firstKey
  let offset = firstOffset
  for (;;) {
    const code = cursor.text.charCodeAt(offset)
    cursor.pos++
    const value = entryValue(cursor, column, depth + 1)
    addEntry(cursor, map, { key, keyOffset: cursor.base + offset, value }, merged, code !== 34 && code !== 39)
    if (cursor.pos >= cursor.text.length || cursor.pos - cursor.lineStart < column) break
    if (cursor.pos - cursor.lineStart > column || isItem(cursor)) cursor.leave('indentation')
    offset = cursor.pos
    key = nextKey(cursor)
  }
  return finishMap(cursor, map, merged)
}

/** The next key of a block map; the cursor ends at its colon. */
function nextKey(cursor: Cursor): string {
  const { text } = cursor
  const code = text.charCodeAt(cursor.pos)
  if (code === 34 || code === 39) {
    const key = quoted(cursor)
    cursor.skipSpaces()
    if (!isKeyColon(cursor)) cursor.leave('key')
    return key
  }
  if (!beginsPlain(text, cursor.pos)) cursor.leave('key')
  const end = plainEnd(cursor)
  const key = text.slice(cursor.pos, end)
  cursor.pos = end
  cursor.skipSpaces()
  if (!isKeyColon(cursor)) cursor.leave('key')
  return key
}

/** What follows the colon of a key: on the same line, or on the next lines. */
function entryValue(cursor: Cursor, column: number, depth: number): Node {
  const colonEnd = cursor.pos
  cursor.skipSpaces()
  const code = cursor.text.charCodeAt(cursor.pos)
  if (code === 38) return anchoredValue(cursor, column, depth, true)
  if (code === 10 || code === 35 || Number.isNaN(code)) return nextLines(cursor, column, depth, colonEnd, true)
  return inlineValue(cursor, column, depth)
}

function anchoredValue(cursor: Cursor, column: number, depth: number, inMap: boolean): Node {
  const name = cursor.name()
  return cursor.anchored(name, depth, () => {
    const end = cursor.pos
    cursor.skipSpaces()
    const code = cursor.text.charCodeAt(cursor.pos)
    if (code === 10 || code === 35 || Number.isNaN(code)) return nextLines(cursor, column, depth, end, inMap)
    if (cursor.pos === end) cursor.leave('anchor')
    return inlineValue(cursor, column, depth)
  })
}

/** A value that begins on a later line, or is not there. Lists of a map may stand in its own column. */
function nextLines(cursor: Cursor, column: number, depth: number, nothingAt: number, inMap: boolean): Node {
  cursor.endLine()
  const indent = cursor.nextLine()
  if (indent > column) return anchoredBlock(cursor, indent, column, depth)
  if (inMap && indent === column && isItem(cursor)) return blockList(cursor, indent, depth)
  return cursor.nothing(nothingAt)
}

function anchoredBlock(cursor: Cursor, indent: number, parent: number, depth: number): Node {
  if (cursor.text.charCodeAt(cursor.pos) === 38) cursor.leave('anchor on its own line')
  return blockNode(cursor, indent, parent, depth)
}

/** A value that begins here and is no block collection. */
function inlineValue(cursor: Cursor, parent: number, depth: number): Node {
  const { text } = cursor
  const from = cursor.pos
  const code = text.charCodeAt(from)
  if (code === 123 || code === 91) {
    const node = flowCollection(cursor, parent + 1, depth)
    const end = cursor.pos
    cursor.skipSpaces()
    if (text.charCodeAt(cursor.pos) === COLON) cursor.leave('a flow collection as a key')
    cursor.pos = end
    return lastOnLine(cursor, node, parent)
  }
  if (code === 34 || code === 39) return lastOnLine(cursor, quotedNode(cursor, quoted(cursor), from, depth), parent)
  if (code === 42) return lastOnLine(cursor, cursor.alias(cursor.name(), depth), parent)
  cursor.enter(depth)
  if (code === 124) {
    const node = scalarNode(cursor.base + from, literal(cursor, parent), false)
    cursor.nextLine()
    return node
  }
  if (!beginsPlain(text, from)) cursor.leave('value')
  const end = plainEnd(cursor)
  if (text.charCodeAt(end) === COLON || isColonAfterBlanks(text, end)) cursor.leave('a map inside a line')
  cursor.pos = end
  return lastOnLine(cursor, scalarNode(cursor.base + from, text.slice(from, end), true), parent)
}

function blockList(cursor: Cursor, column: number, depth: number): Node {
  cursor.enter(depth)
  const list = listNode(cursor.base + cursor.pos)
  for (;;) {
    const dashEnd = ++cursor.pos
    cursor.skipSpaces()
    const code = cursor.text.charCodeAt(cursor.pos)
    if (code === 10 || code === 35 || Number.isNaN(code))
      list.items.push(nextLines(cursor, column, depth + 1, dashEnd, false))
    else if (code === 38) list.items.push(anchoredValue(cursor, column, depth + 1, false))
    else list.items.push(blockNode(cursor, cursor.pos - cursor.lineStart, column, depth + 1))
    if (cursor.pos >= cursor.text.length || cursor.pos - cursor.lineStart < column) return list
    if (cursor.pos - cursor.lineStart > column) cursor.leave('indentation')
    // A key in the column of the items belongs to the map that holds the list.
    if (!isItem(cursor)) return list
  }
}

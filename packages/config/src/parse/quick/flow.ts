import { listNode, mapNode, type Node, scalarNode } from '../../tree/node.ts'
import { addEntry, type Cursor, finishMap } from './cursor.ts'
import { beginsPlain, flowPlainEnd, isFlowMark, quoted } from './scalars.ts'

const COMMA = 44
const COLON = 58

/** A flow collection; its lines have to be indented by `indent` columns or more. The cursor ends behind it. */
export function flowCollection(cursor: Cursor, indent: number, depth: number): Node {
  cursor.enter(depth)
  return cursor.text.charCodeAt(cursor.pos) === 123 ? flowMap(cursor, indent, depth) : flowList(cursor, indent, depth)
}

function flowList(cursor: Cursor, indent: number, depth: number): Node {
  const list = listNode(cursor.base + cursor.pos++)
  for (;;) {
    skipGap(cursor, indent)
    if (cursor.text.charCodeAt(cursor.pos) === 93) {
      cursor.pos++
      return list
    }
    list.items.push(flowValue(cursor, indent, depth + 1))
    skipGap(cursor, indent)
    endItem(cursor, 93)
  }
}

function endItem(cursor: Cursor, close: number): void {
  const code = cursor.text.charCodeAt(cursor.pos)
  if (code === COMMA) cursor.pos++
  else if (code !== close) cursor.leave('expected a comma')
}

function flowMap(cursor: Cursor, indent: number, depth: number): Node {
  const map = mapNode(cursor.base + cursor.pos++)
  const merged: Node[] = []
  for (;;) {
    skipGap(cursor, indent)
    const code = cursor.text.charCodeAt(cursor.pos)
    if (code === 125) {
      cursor.pos++
      return finishMap(cursor, map, merged)
    }
    const keyOffset = cursor.base + cursor.pos
    const plain = code !== 34 && code !== 39
    const key = flowKey(cursor, plain)
    addEntry(cursor, map, { key, keyOffset, value: entryValue(cursor, indent, depth) }, merged, plain)
    skipGap(cursor, indent)
    endItem(cursor, 125)
  }
}

function flowKey(cursor: Cursor, plain: boolean): string {
  if (!plain) return quoted(cursor)
  if (
    !beginsPlain(cursor.text, cursor.pos) ||
    (isFlowMark(cursor.text.charCodeAt(cursor.pos + 1)) && /[-?:]/.test(cursor.text[cursor.pos]!))
  )
    cursor.leave('key')
  const end = flowPlainEnd(cursor)
  const key = cursor.text.slice(cursor.pos, end)
  cursor.pos = end
  return key
}

function entryValue(cursor: Cursor, indent: number, depth: number): Node {
  const keyEnd = cursor.pos
  skipBlanks(cursor)
  if (cursor.text.charCodeAt(cursor.pos) !== COLON) {
    const code = cursor.text.charCodeAt(cursor.pos)
    if (code !== COMMA && code !== 125) cursor.leave('key without a value')
    return cursor.nothing(keyEnd)
  }
  const colon = ++cursor.pos
  skipGap(cursor, indent)
  const code = cursor.text.charCodeAt(cursor.pos)
  return code === COMMA || code === 125 ? cursor.nothing(colon) : flowValue(cursor, indent, depth + 1)
}

function flowValue(cursor: Cursor, indent: number, depth: number): Node {
  const { text } = cursor
  const code = text.charCodeAt(cursor.pos)
  if (code === 123 || code === 91) return flowCollection(cursor, indent, depth)
  if (code === 42) return cursor.alias(cursor.name(), depth)
  if (code === 38) {
    const name = cursor.name()
    skipGap(cursor, indent)
    return cursor.anchored(name, depth, () => flowValue(cursor, indent, depth))
  }
  cursor.enter(depth)
  const offset = cursor.base + cursor.pos
  if (code === 34 || code === 39) {
    const value = quoted(cursor)
    // What follows a quoted text directly would make it a key.
    if (text.charCodeAt(cursor.pos) === COLON) cursor.leave('single pair')
    return scalarNode(offset, value, false)
  }
  if (!beginsPlain(text, cursor.pos)) cursor.leave('value')
  if (isFlowMark(text.charCodeAt(cursor.pos + 1)) && /[-?:]/.test(text[cursor.pos]!)) cursor.leave('value')
  const end = flowPlainEnd(cursor)
  const value = text.slice(cursor.pos, end)
  cursor.pos = end
  return scalarNode(offset, value, true)
}

function skipBlanks(cursor: Cursor): void {
  for (;;) {
    const code = cursor.text.charCodeAt(cursor.pos)
    if (code === 32 || (code === 9 && cursor.tabs)) cursor.pos++
    else return
  }
}

/** Blanks, line ends and comments between the parts of a flow collection. */
function skipGap(cursor: Cursor, indent: number): void {
  const { text } = cursor
  for (;;) {
    const from = cursor.pos
    skipBlanks(cursor)
    let code = text.charCodeAt(cursor.pos)
    if (code === 35) {
      if (cursor.pos === from && cursor.pos !== cursor.lineStart) cursor.leave('comment without a blank before it')
      const end = text.indexOf('\n', cursor.pos)
      cursor.pos = end < 0 ? text.length : end
      code = text.charCodeAt(cursor.pos)
    }
    if (code === 13 && cursor.tabs && text.charCodeAt(cursor.pos + 1) === 10) code = text.charCodeAt(++cursor.pos)
    if (code !== 10) {
      if (code === 9 || code === 13) cursor.leave('tab or carriage return')
      if (cursor.pos - cursor.lineStart < indent && !Number.isNaN(code)) cursor.leave('not indented')
      if (Number.isNaN(code)) cursor.leave('not closed')
      return
    }
    cursor.lineStart = ++cursor.pos
  }
}

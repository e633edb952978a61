import type { FieldType, MessageType, ValueType } from '../schema/field-type.ts'
import { counted } from '../schema/rules/counted.ts'
import type { Rule } from '../schema/rules/rule.ts'
import { type Entry, isNull, type MapNode, type Node, valueOf } from '../tree/node.ts'
import { readAny } from './any.ts'
import { readBool, readBytes, readEnum, readFloat, readInt, readString, wrongType } from './scalar.ts'
import { reportConflict, reportDeprecated, reportDuplicate, reportMissing, reportUnknownField } from './reports.ts'
import { itemsOf } from './items.ts'
import { applyShortForm, noteName } from './apply-short-form.ts'
import { reportUnsupported } from './unsupported.ts'
import { booleanOfText, looseBoolean } from '../tree/scalar.ts'
import { isZeroScalar } from './zero.ts'
import type { Walk } from './walk.ts'
import { jsonOf, readDuration, readFieldMask, readListValue, readStruct, readTimestamp } from './well-known.ts'

/** The fields of a message that is being read, by snake_case name. */
export type Fields = Record<string, unknown>

/** Reads a message by its type into its normalised, frozen form; what is wrong is said and left out. */
export function readMessage(walk: Walk, type: MessageType, written: Node): Fields | undefined {
  const node = applyShortForm(walk, type.name, written)
  if (node.kind !== 'map') return wrongType(walk, node, `an object (${shortName(type.name)})`)
  if (type.spec.x) return readStruct(walk, node)
  const fields = readFields(walk, type, node, {}, undefined)
  walk.found.get(type.name)?.push(fields)
  return walk.made(fields, node)
}

/** Adds the fields of a message to `into`; `skip` is a key that is no field (`@type`). */
export function readFields(
  walk: Walk,
  type: MessageType,
  node: MapNode,
  into: Fields,
  skip: string | undefined,
): Fields {
  const seen = new Map<string, Entry>()
  const optional = isOptional(node)
  if (optional) walk.optional++
  walk.types.push(type)
  for (const entry of node.entries) {
    if (entry.key === skip) continue
    const field = type.fields.get(entry.key)
    if (!field) reportUnknownField(walk, type, entry)
    else if (!isNull(entry.value) || field.kind === 'value') readEntry(walk, type, field, entry, seen, into)
  }
  walk.types.pop()
  if (optional) walk.optional--
  for (const oneof of type.oneofs) reportConflict(walk, type, oneof, seen, node)
  for (const field of type.needed) if (!seen.has(field.field)) reportMissing(walk, type, field, node)
  return into
}

function readEntry(
  walk: Walk,
  type: MessageType,
  field: FieldType,
  entry: Entry,
  seen: Map<string, Entry>,
  into: Fields,
): void {
  const name = field.field
  if (seen.has(name)) reportDuplicate(walk, name, entry)
  seen.set(name, entry)
  if (field.spec.d && !isZeroScalar(walk.schema, field, entry.value)) reportDeprecated(walk, type, field, entry)
  if (walk.edits && entry.key !== name) noteName(walk, name, entry)
  walk.path.push(name)
  const unsupported = walk.honours !== undefined && walk.quiet === 0 && reportUnsupported(walk, type, field, entry)
  if (unsupported) walk.quiet++
  const value = readField(walk, field, entry.value)
  if (unsupported) walk.quiet--
  walk.path.pop()
  if (value !== undefined) into[name] = value
}

function isOptional(node: MapNode): boolean {
  for (const { key, value } of node.entries) {
    if (key !== 'is_optional' && key !== 'isOptional') continue
    if (value.kind === 'scalar' && (looseBoolean(value.text) ?? booleanOfText(value.text)) === true) return true
  }
  return false
}

/** Reads what a field holds: one value, a list or a map. */
function readField(walk: Walk, field: FieldType, node: Node): unknown {
  if (field.mapKey !== undefined) return readMap(walk, field, node)
  return field.list ? readList(walk, field, node) : readChecked(walk, field, node, field.rule)
}

function readList(walk: Walk, field: FieldType, node: Node): unknown {
  const items = itemsOf(walk, field, node)
  const list: unknown[] = []
  for (let i = 0; i < items.length; i++) {
    walk.path.push(i)
    const value = readChecked(walk, field, items[i]!, field.rule)
    if (value !== undefined) list.push(value)
    walk.path.pop()
  }
  checkSize(walk, field, node, items.length, 'item')
  if (field.sizeRule?.unique && new Set(list).size < list.length)
    walk.error('rule', node.offset, 'the items have to differ from each other')
  return walk.made(list, node)
}

function readMap(walk: Walk, field: FieldType, node: Node): unknown {
  if (node.kind !== 'map') return wrongType(walk, node, 'an object')
  const map: Fields = {}
  for (const entry of node.entries) {
    walk.path.push(`[${JSON.stringify(entry.key)}]`)
    if (field.mapKey !== 'string' && !/^-?\d+$/.test(entry.key))
      walk.error('wrong-type', entry.keyOffset, `expected a whole number as key, got "${entry.key}"`)
    checkRule(walk, field.keyRule, entry.key, entry.keyOffset)
    const value = readChecked(walk, field, entry.value, field.rule)
    if (value !== undefined) map[entry.key] = value
    walk.path.pop()
  }
  checkSize(walk, field, node, node.entries.length, 'key')
  return walk.made(map, node)
}

function checkSize(walk: Walk, field: FieldType, node: Node, size: number, unit: string): void {
  const rule = field.sizeRule
  if (!rule || (size >= rule.min && size <= rule.max)) return
  const words =
    size < rule.min ? `needs ${counted(rule.min, unit)} or more` : `may have ${counted(rule.max, unit)} at most`
  walk.error('rule', node.offset, `${words}, has ${size}`)
}

function readChecked(walk: Walk, type: ValueType, node: Node, rule: Rule | undefined): unknown {
  const value = readValue(walk, type, node)
  if (rule !== undefined && value !== undefined) checkRule(walk, rule, value, node.offset)
  return value
}

function checkRule(walk: Walk, rule: Rule | undefined, value: unknown, offset: number): void {
  const objection = rule?.(value as never)
  if (objection !== undefined) walk.error('rule', offset, objection)
}

/** Reads one value by its type; a wrapper may be written as the message that it is: `{ value: 5 }`. */
export function readValue(walk: Walk, type: ValueType, node: Node): unknown {
  return type.wrapper && node.kind === 'map' ? readWrapper(walk, type, node) : readPlain(walk, type, node)
}

function readWrapper(walk: Walk, type: ValueType, node: MapNode): unknown {
  const strange = node.entries.find(({ key }) => key !== 'value')
  if (strange) return wrongType(walk, node, `a ${type.scalar}`)
  const value = valueOf(node, 'value')
  return value && !isNull(value) ? readPlain(walk, type, value) : WRAPPED_ZERO[type.kind]
}

const WRAPPED_ZERO: Readonly<Record<string, unknown>> = { bool: false, int: 0, float: 0, string: '' }

function readPlain(walk: Walk, type: ValueType, node: Node): unknown {
  switch (type.kind) {
    case 'message': {
      const message = walk.schema.message(type.name)
      return message && readMessage(walk, message, node)
    }
    case 'string':
      return readString(walk, node)
    case 'int':
      return readInt(walk, node, type.scalar)
    case 'bool':
      return readBool(walk, node)
    case 'enum':
      return readEnum(walk, node, type)
    case 'any':
      return readAny(walk, node)
    case 'duration':
      return readDuration(walk, node)
    case 'float':
      return readFloat(walk, node)
    case 'bytes':
      return readBytes(walk, node)
    case 'struct':
      return readStruct(walk, node)
    case 'value':
      return jsonOf(walk, node)
    case 'list-value':
      return readListValue(walk, node)
    case 'timestamp':
      return readTimestamp(walk, node)
    case 'field-mask':
      return readFieldMask(walk, node)
    case 'empty':
      return readEmpty(walk, node)
  }
}

function readEmpty(walk: Walk, node: Node): unknown {
  if (node.kind !== 'map') return wrongType(walk, node, 'an empty object')
  for (const { key, keyOffset } of node.entries)
    walk.say('unknown-field', walk.unknownField, keyOffset, `"${key}" has no place in an empty object`)
  return walk.made({}, node)
}

/** The last words of a full name: enough for a reader. */
export function shortName(name: string): string {
  const at = name.search(/\.[A-Z]/)
  return at < 0 ? name : name.slice(at + 1)
}

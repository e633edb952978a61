import type { FieldType, MessageType, ValueType } from '../schema/field-type.ts'
import { typeNameOf } from '../schema/names.ts'
import type { Schema } from '../schema/schema.ts'
import { type Entry, listNode, mapNode, type MapNode, type Node, scalarNode } from '../tree/node.ts'
import { FORBIDDEN_KEYS } from '../parse/limits.ts'
import { Malformed, WireReader } from './reader.ts'
import { CHUNK, scalarText, wireTypeOf } from './scalars.ts'
import { decodeWellKnown } from './well-known.ts'

/** Nothing of what is decoded has a place in a text. */
export const NOWHERE = -1
const MAX_DEPTH = 100

/** A message of the wire as the tree that YAML would have given. Throws `Malformed`. */
export function decodeTree(schema: Schema, type: MessageType, bytes: Uint8Array, depth: number): MapNode {
  if (depth > MAX_DEPTH) throw new Malformed('messages are nested too deeply')
  const reader = new WireReader(bytes)
  const entries = new Map<string, Entry>()
  const byNumber = fieldsByNumber(type)
  while (!reader.done) {
    const tag = reader.varint()
    const field = byNumber.get(Math.floor(tag / 8))
    const wireType = tag % 8
    if (!field || !fits(field, wireType)) reader.skip(wireType)
    else decodeField(schema, type, field, wireType, reader, entries, depth)
  }
  return mapNode(NOWHERE, [...entries.values()])
}

const numbered = new WeakMap<MessageType, ReadonlyMap<number, FieldType>>()

function fieldsByNumber(type: MessageType): ReadonlyMap<number, FieldType> {
  let fields = numbered.get(type)
  if (!fields) {
    fields = new Map([...type.fields.values()].map((field) => [field.spec.n, field]))
    numbered.set(type, fields)
  }
  return fields
}

function scalarOf(type: ValueType): string | undefined {
  if (type.kind === 'enum') return 'enum'
  return type.wrapper || type.scalar === '' ? undefined : type.scalar
}

/** Whether a value of this wire type can be one of the field; others are skipped, as protobuf does. */
function fits(field: FieldType, wireType: number): boolean {
  const scalar = field.mapKey === undefined ? scalarOf(field) : undefined
  const own = scalar === undefined ? CHUNK : wireTypeOf(scalar)
  return wireType === own || (field.list && wireType === CHUNK && scalar !== undefined)
}

function decodeField(
  schema: Schema,
  type: MessageType,
  field: FieldType,
  wireType: number,
  reader: WireReader,
  entries: Map<string, Entry>,
  depth: number,
): void {
  if (field.mapKey !== undefined) decodeMapEntry(schema, field, reader.chunk(), mapOf(entries, field.field), depth)
  else if (field.list) decodeItems(schema, field, wireType, reader, listOf(entries, field.field), depth)
  else {
    // Of a oneof, the last on the wire is the one that is set.
    for (const other of field.oneof?.fields ?? []) if (other !== field.field) entries.delete(other)
    const before = entries.get(field.field)?.value
    const value = decodeValue(schema, field, reader, depth)
    const merged = before && field.kind === 'message' ? mergeNodes(schema, field, before, value) : value
    entries.set(field.field, { key: field.field, keyOffset: NOWHERE, value: merged })
  }
}

/**
 * A message that stands twice on the wire is one message: later fields win, lists and maps are joined. Works on what was
 * decoded first, so that many pieces cost no more than their bytes.
 */
function mergeNodes(schema: Schema, field: FieldType, before: Node, after: Node): Node {
  const type = schema.message(field.name)
  if (before.kind !== 'map' || after.kind !== 'map' || !type) return after
  for (const entry of after.entries) {
    const own = before.entries.find(({ key }) => key === entry.key)
    if (own) own.value = joined(schema, type.fields.get(entry.key), own.value, entry.value)
    else before.entries.push(entry)
  }
  return before
}

function joined(schema: Schema, field: FieldType | undefined, before: Node, after: Node): Node {
  if (before.kind === 'list' && after.kind === 'list') {
    for (const item of after.items) before.items.push(item)
    return before
  }
  if (field?.mapKey !== undefined && before.kind === 'map' && after.kind === 'map') {
    for (const entry of after.entries) before.entries.push(entry)
    return before
  }
  return field?.kind === 'message' ? mergeNodes(schema, field, before, after) : after
}

function mapOf(entries: Map<string, Entry>, key: string): MapNode {
  const entry = entries.get(key)
  if (entry?.value.kind === 'map') return entry.value
  const value = mapNode(NOWHERE)
  entries.set(key, { key, keyOffset: NOWHERE, value })
  return value
}

function listOf(entries: Map<string, Entry>, key: string): Node[] {
  const entry = entries.get(key)
  if (entry?.value.kind === 'list') return entry.value.items
  const value = listNode(NOWHERE)
  entries.set(key, { key, keyOffset: NOWHERE, value })
  return value.items
}

function decodeMapEntry(schema: Schema, field: FieldType, bytes: Uint8Array, into: MapNode, depth: number): void {
  const reader = new WireReader(bytes)
  let key = field.mapKey === 'string' ? '' : '0'
  let value: Node | undefined
  while (!reader.done) {
    const tag = reader.varint()
    if (Math.floor(tag / 8) === 1 && tag % 8 === wireTypeOf(field.mapKey!)) key = scalarText(field.mapKey!, reader)
    else if (Math.floor(tag / 8) === 2) value = decodeValue(schema, field, reader, depth)
    else reader.skip(tag % 8)
  }
  if (FORBIDDEN_KEYS.has(key)) throw new Malformed(`"${key}" may not be used as a key`)
  // A key that comes again replaces the first when the tree is read.
  into.entries.push({ key, keyOffset: NOWHERE, value: value ?? zeroNode(field) })
}

function zeroNode(field: ValueType): Node {
  if (field.kind === 'string' || field.kind === 'bytes') return scalarNode(NOWHERE, '', false)
  if (field.kind === 'bool') return scalarNode(NOWHERE, 'false', true)
  return field.kind === 'int' || field.kind === 'float' || field.kind === 'enum'
    ? scalarNode(NOWHERE, '0', true)
    : mapNode(NOWHERE)
}

function decodeItems(
  schema: Schema,
  field: FieldType,
  wireType: number,
  reader: WireReader,
  into: Node[],
  depth: number,
): void {
  const scalar = scalarOf(field)
  if (scalar !== undefined && wireType === CHUNK && wireTypeOf(scalar) !== CHUNK) {
    const packed = new WireReader(reader.chunk())
    while (!packed.done) into.push(scalarNode(NOWHERE, scalarText(scalar, packed), true))
  } else into.push(decodeValue(schema, field, reader, depth))
}

function decodeValue(schema: Schema, type: ValueType, reader: WireReader, depth: number): Node {
  const scalar = scalarOf(type)
  if (scalar !== undefined)
    return scalarNode(NOWHERE, scalarText(scalar, reader), scalar !== 'string' && scalar !== 'bytes')
  const bytes = reader.chunk()
  if (type.kind === 'message') return decodeTree(schema, schema.message(type.name)!, bytes, depth + 1)
  if (type.kind === 'any') return decodeAny(schema, bytes, depth + 1)
  return decodeWellKnown(type, bytes, depth + 1)
}

function decodeAny(schema: Schema, bytes: Uint8Array, depth: number): Node {
  const reader = new WireReader(bytes)
  let url = ''
  let content: Uint8Array = new Uint8Array(0)
  while (!reader.done) {
    const tag = reader.varint()
    if (tag === 10) url = reader.text()
    else if (tag === 18) content = reader.chunk()
    else reader.skip(tag % 8)
  }
  if (url === '') return mapNode(NOWHERE, [])
  const name = typeNameOf(url)
  const type: Entry = { key: '@type', keyOffset: NOWHERE, value: scalarNode(NOWHERE, url, false) }
  const message = schema.message(name)
  if (message) return mapNode(NOWHERE, [type, ...decodeTree(schema, message, content, depth).entries])
  const wellKnown = name.startsWith('google.protobuf.') ? schema.valueType(name) : undefined
  if (!wellKnown || wellKnown.kind === 'empty') return mapNode(NOWHERE, [type])
  return mapNode(NOWHERE, [
    type,
    { key: 'value', keyOffset: NOWHERE, value: decodeWellKnown(wellKnown, content, depth) },
  ])
}

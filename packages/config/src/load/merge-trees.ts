import { isZeroScalar } from '../check/zero.ts'
import type { FieldType, MessageType } from '../schema/field-type.ts'
import type { Schema } from '../schema/schema.ts'
import { type Entry, isNull, type ListNode, listNode, mapNode, type MapNode, type Node } from '../tree/node.ts'

/**
 * Merges a message over another as protobuf's MergeFrom does: messages field by field, lists one after the other, maps
 * key by key, everything else replaced. A scalar that is zero (and not a wrapper) counts as absent and replaces nothing.
 */
export function mergeTrees(schema: Schema, type: MessageType, base: MapNode, over: MapNode): MapNode {
  // A copy: an alias may stand for the same node elsewhere.
  let entries = [...base.entries]
  for (const entry of over.entries) {
    const field = type.fields.get(entry.key)
    if (isNull(entry.value) || (field && isZeroScalar(schema, field, entry.value))) continue
    if (field?.oneof) entries = withoutOthers(type, entries, field)
    const at = entries.findIndex(({ key }) => (field ? type.fields.get(key) === field : key === entry.key))
    const before = entries[at]
    if (before && !isNull(before.value)) entries[at] = { ...before, value: merged(schema, field, before, entry) }
    else if (before) entries[at] = entry
    else entries.push(entry)
  }
  return mapNode(base.offset, entries)
}

function merged(schema: Schema, field: FieldType | undefined, before: Entry, after: Entry): Node {
  if (!field) return after.value
  if (field.mapKey !== undefined) return joinMaps(before.value, after.value)
  if (field.list) return joinLists(before.value, after.value)
  const type = field.kind === 'message' ? schema.message(field.name) : undefined
  if (!type || before.value.kind !== 'map' || after.value.kind !== 'map') return after.value
  return mergeTrees(schema, type, before.value, after.value)
}

function joinLists(before: Node, after: Node): ListNode {
  return listNode(before.offset, [...itemsOf(before), ...itemsOf(after)])
}

function itemsOf(node: Node): readonly Node[] {
  return node.kind === 'list' ? node.items : [node]
}

function joinMaps(before: Node, after: Node): Node {
  if (before.kind !== 'map' || after.kind !== 'map') return after
  const keys = new Set(after.entries.map(({ key }) => key))
  return mapNode(before.offset, [...before.entries.filter(({ key }) => !keys.has(key)), ...after.entries])
}

/** Setting one member of a oneof clears the others. */
function withoutOthers(type: MessageType, entries: readonly Entry[], field: FieldType): Entry[] {
  return entries.filter(({ key }) => {
    const other = type.fields.get(key)
    return !other || other === field || other.oneof !== field.oneof
  })
}

import type { FieldType, MessageType } from '../schema/field-type.ts'
import type { Entry, Node } from '../tree/node.ts'
import { shortName } from './read.ts'
import type { Walk } from './walk.ts'
import { isZeroScalar } from './zero.ts'

const HINT = 'remove it, or start with --allow-unsupported to go on without it'

/** Says so when a field that Envoy knows is not honoured; true when it said so. */
export function reportUnsupported(walk: Walk, type: MessageType, field: FieldType, entry: Entry): boolean {
  const honoured = walk.honours?.get(type.name)
  if (honoured?.all || honoured?.fields.has(field.field)) return false
  if (isDefault(walk, field, entry.value)) return true
  const reason = honoured?.noEffect.get(field.field)
  const name = `"${field.field}" of ${shortName(type.name)}`
  if (reason !== undefined) walk.say('no-effect', 'info', entry.keyOffset, `${name} changes nothing here`, reason)
  else walk.say('unsupported', walk.unsupported, entry.keyOffset, `${name} is not supported`, HINT)
  return true
}

/** Says so when no part honours a type of extension; true when it said so. */
export function reportUnsupportedType(walk: Walk, name: string, entry: Entry): boolean {
  if (walk.honours?.has(name) || name.startsWith('google.protobuf.')) return false
  if (walk.schema.message(name) === undefined) return true
  const optional = walk.optional > 0
  const message = `the extension ${name} is not supported`
  walk.say(
    'unsupported',
    optional ? 'warning' : walk.unsupported,
    entry.value.offset,
    message,
    optional ? 'it is optional and left out' : HINT,
    entry.key,
  )
  return true
}

/** Whether a value is what the field would be without it. */
function isDefault(walk: Walk, field: FieldType, node: Node): boolean {
  if (field.mapKey !== undefined) return node.kind === 'map' && node.entries.length === 0
  if (field.list) return node.kind === 'list' && node.items.length === 0
  return isZeroScalar(walk.schema, field, node)
}

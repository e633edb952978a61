import type { HonouredMessage } from '../honours/honours.ts'
import type { FieldType, MessageType } from '../schema/field-type.ts'
import type { Entry, Node } from '../tree/node.ts'
import { shortName } from './read.ts'
import type { Walk } from './walk.ts'
import { isZeroScalar } from './zero.ts'

const HINT = 'remove it, or start with --allow-unsupported to go on without it'

/** Says so when a field that Envoy knows is not honoured; true when it said so. */
export function reportUnsupported(walk: Walk, type: MessageType, field: FieldType, entry: Entry): boolean {
  const honoured = honouredHere(walk, type)
  if (honoured?.all || honoured?.fields.has(field.field)) return false
  if (isDefault(walk, field, entry.value)) return true
  const reason = honoured?.noEffect.get(field.field)
  const name = `"${field.field}" of ${shortName(type.name)}`
  if (reason !== undefined) walk.say('no-effect', 'info', entry.keyOffset, `${name} changes nothing here`, reason)
  else {
    const why = honoured?.unsupported.get(field.field)
    const hint = why === undefined ? HINT : `${why}; ${HINT}`
    walk.say('unsupported', walk.unsupported, entry.keyOffset, `${name} is not supported`, hint)
  }
  return true
}

/** What is honoured of the message that is being read: by its place, where that is declared, else by its type. */
function honouredHere({ honours, types, path }: Walk, type: MessageType): HonouredMessage | undefined {
  const around = types.at(-2)
  const places = around && honours?.places.get(around.name)
  if (places === undefined) return honours?.messages.get(type.name)
  // The last step is the field that is looked at; items and keys of maps are no fields.
  const field = path.slice(0, -1).findLast((step) => typeof step === 'string' && !step.startsWith('['))
  return places.get(String(field)) ?? honours?.messages.get(type.name)
}

/** Says so when no part honours a type of extension; true when it said so. */
export function reportUnsupportedType(walk: Walk, name: string, entry: Entry): boolean {
  if (walk.honours?.messages.has(name) || name.startsWith('google.protobuf.')) return false
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

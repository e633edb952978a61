import type { FieldType, MessageType, OneofType } from '../schema/field-type.ts'
import { distance, snakeCase } from '../schema/names.ts'
import type { Entry, MapNode } from '../tree/node.ts'
import { shortName } from './read.ts'
import { insteadOf } from './v2-fields.ts'
import type { Walk } from './walk.ts'

/** Says that a message has no such field, and which one was meant. */
export function reportUnknownField(walk: Walk, type: MessageType, entry: Entry): void {
  const message = `unknown field "${entry.key}" in ${shortName(type.name)}`
  walk.say('unknown-field', walk.unknownField, entry.keyOffset, message, hintFor(walk, type, entry.key), entry.key)
}

function hintFor(walk: Walk, type: MessageType, key: string): string {
  if (key === '') return 'the key is empty'
  if (key === '@type') return 'only typed_config and its like take "@type"'
  const name = snakeCase(key)
  const instead = insteadOf(shortName(type.name), name)
  if (instead) return `v3 has ${instead} instead`
  const names = Object.keys(type.spec.f)
  const close = walk.nearest(name, names)
  if (close && distance(name, close, 2) < 2) return `did you mean "${close}"?`
  const place = placeOf(walk, type, name)
  return place ?? (close ? `did you mean "${close}"?` : '')
}

/** Where around here a field of this name is at home. */
function placeOf(walk: Walk, type: MessageType, name: string): string | undefined {
  const below = holderOf(walk, type, name)
  if (below) return `it belongs into "${below}"`
  const parent = walk.types.at(-2)
  if (!parent) return undefined
  if (parent.fields.has(name)) return `it belongs one level further out, into ${shortName(parent.name)}`
  const beside = holderOf(walk, parent, name)
  return beside && `it belongs into "${beside}" beside it`
}

/** The one field of a message whose message has a field of this name. */
function holderOf(walk: Walk, type: MessageType, name: string): string | undefined {
  const holders = Object.keys(type.spec.f).filter((field) => {
    const { kind, name: target, list, mapKey } = type.fields.get(field)!
    return kind === 'message' && !list && mapKey === undefined && walk.schema.message(target)?.fields.has(name)
  })
  return holders.length === 1 ? holders[0] : undefined
}

export function reportDuplicate(walk: Walk, field: string, entry: Entry): void {
  walk.error(
    'duplicate-key',
    entry.keyOffset,
    `"${field}" is written twice, as snake_case and as camelCase`,
    'keep one of the two',
    field,
  )
}

export function reportDeprecated(walk: Walk, type: MessageType, field: FieldType, entry: Entry): void {
  walk.say(
    'deprecated',
    'warning',
    entry.keyOffset,
    `"${field.field}" of ${shortName(type.name)} is deprecated`,
    '',
    field.field,
  )
}

export function reportConflict(
  walk: Walk,
  type: MessageType,
  oneof: OneofType,
  seen: ReadonlyMap<string, Entry>,
  node: MapNode,
): void {
  let first: string | undefined
  for (const name of oneof.fields) {
    const entry = seen.get(name)
    if (!entry) continue
    if (first !== undefined) {
      walk.error(
        'oneof-conflict',
        entry.keyOffset,
        `"${first}" and "${name}" exclude each other`,
        `keep one of the two`,
        name,
      )
      return
    }
    first = name
  }
  if (first === undefined && oneof.required) {
    const names = oneof.fields.map((name) => `"${name}"`)
    const message =
      names.length === 1
        ? `${names[0]} is required in ${shortName(type.name)}`
        : `one of ${names.join(', ')} is required in ${shortName(type.name)}`
    walk.error('missing-field', node.offset, message)
  }
}

export function reportMissing(walk: Walk, type: MessageType, field: FieldType, node: MapNode): void {
  walk.error('missing-field', node.offset, `"${field.field}" ${field.missing} in ${shortName(type.name)}`)
}

import type { FieldType, MessageType, OneofType } from '../schema/field-type.ts'
import { nearest, snakeCase } from '../schema/names.ts'
import type { Entry, MapNode } from '../tree/node.ts'
import { shortName } from './read.ts'
import type { Walk } from './walk.ts'

/** Says that a message has no such field, and which one was meant. */
export function reportUnknownField(walk: Walk, type: MessageType, entry: Entry): void {
  const message = `unknown field "${entry.key}" in ${shortName(type.name)}`
  walk.say('unknown-field', walk.unknownField, entry.keyOffset, message, hintFor(walk, type, entry.key), entry.key)
}

function hintFor(walk: Walk, type: MessageType, key: string): string {
  if (key === '') return 'the key is empty'
  if (key === '@type') return 'only typed_config and its like take "@type"'
  const near = nearest(snakeCase(key), Object.keys(type.spec.f))
  return near ? `did you mean "${near}"?` : ''
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

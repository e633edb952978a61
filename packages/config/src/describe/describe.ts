import type { FieldType, MessageType } from '../schema/field-type.ts'
import { snakeCase } from '../schema/names.ts'
import { envoySchema, type Schema } from '../schema/schema.ts'
import { docOf } from './docs.ts'

/** What an editor shows where the cursor is. */
export interface Description {
  /** `message`, `field` or `enum`. */
  readonly kind: 'message' | 'field' | 'enum'
  /** The full name. */
  readonly name: string
  /** As a reader would say it: `list of envoy.config.route.v3.Route`, `duration`, `uint32 (optional)`. */
  readonly type: string
  /** What Envoy's API says about it, or ''. */
  readonly doc: string
  readonly deprecated: boolean
  readonly required: boolean
  /** The names that a message's fields or an enum's values have. */
  readonly members: readonly string[]
  /** The full name of the message or enum that a field holds. */
  readonly target: string | undefined
}

/** Describes a message or an enum by its full name, or a field by `Message.field`; undefined for what is not there. */
export function describe(name: string, schema: Schema = envoySchema()): Description | undefined {
  const message = schema.message(name)
  if (message) return describeMessage(message)
  const enumType = schema.enum(name)
  if (enumType) return { ...plain('enum', name, 'enum'), members: Object.keys(enumType.values) }
  const at = name.lastIndexOf('.')
  const owner = at < 0 ? undefined : schema.message(name.slice(0, at))
  const field = owner?.fields.get(name.slice(at + 1)) ?? owner?.fields.get(snakeCase(name.slice(at + 1)))
  return owner && field && describeField(schema, owner, field)
}

function plain(kind: Description['kind'], name: string, type: string): Description {
  return {
    kind,
    name,
    type,
    doc: docOf(name) ?? '',
    deprecated: false,
    required: false,
    members: [],
    target: undefined,
  }
}

function describeMessage(message: MessageType): Description {
  return { ...plain('message', message.name, 'message'), members: Object.keys(message.spec.f) }
}

function describeField(schema: Schema, owner: MessageType, field: FieldType): Description {
  const values = field.kind === 'enum' ? schema.enum(field.name)?.values : undefined
  return {
    ...plain('field', `${owner.name}.${field.field}`, typeText(field)),
    deprecated: field.spec.d === 1,
    required: field.missing !== undefined || (field.oneof?.required === true && field.oneof.fields.length === 1),
    members: values
      ? Object.keys(values)
      : field.kind === 'message'
        ? Object.keys(schema.message(field.name)?.spec.f ?? {})
        : [],
    target: field.kind === 'message' || field.kind === 'enum' ? field.name : undefined,
  }
}

function typeText(field: FieldType): string {
  const one = field.wrapper
    ? `${field.scalar} (optional)`
    : field.kind === 'message' || field.kind === 'enum'
      ? field.name
      : field.scalar || field.kind
  if (field.mapKey !== undefined) return `map of ${field.mapKey} to ${one}`
  return field.list ? `list of ${one}` : one
}

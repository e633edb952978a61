import { NuncioError } from '@nuncio/core'
import type { Message, MessageName } from '../message.ts'
import type { FieldType, MessageType, ValueType } from '../schema/field-type.ts'
import { envoySchema, type Schema } from '../schema/schema.ts'
import { encodeWellKnown } from './encode-well-known.ts'
import { encodeScalar } from './encode-scalar.ts'
import { CHUNK, wireTypeOf } from './scalars.ts'
import { WireWriter } from './writer.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * A normalised message on the protobuf wire. Throws `ERR_NUNCIO_UNKNOWN_TYPE` for a type, also of an `Any` inside, that
 * the table does not have; fields that the type does not have are left out.
 */
export function encode<T extends MessageName>(
  type: T,
  message: Message<T>,
  schema: Schema = envoySchema(),
): Uint8Array {
  return encodeMessage(schema, messageType(schema, type), message)
}

function messageType(schema: Schema, name: string): MessageType {
  const type = schema.message(name)
  if (!type) throw new NuncioError('ERR_NUNCIO_UNKNOWN_TYPE', `there is no message type ${name}`)
  return type
}

function encodeMessage(schema: Schema, type: MessageType, message: Fields): Uint8Array {
  const writer = new WireWriter()
  for (const name of Object.keys(type.spec.f)) {
    const value = message[name]
    if (value !== undefined) encodeField(schema, type.fields.get(name)!, value, writer)
  }
  return writer.finish()
}

function encodeField(schema: Schema, field: FieldType, value: unknown, writer: WireWriter): void {
  if (field.mapKey !== undefined) encodeMap(schema, field, value as Fields, writer)
  else if (field.list) encodeList(schema, field, value as readonly unknown[], writer)
  // Zero and absent are one for scalars of proto3, unless they are in a oneof.
  else if (!isScalar(field) || field.oneof !== undefined || field.spec.p === 1 || !isZero(schema, field, value))
    encodeTagged(schema, field, field.spec.n, value, writer)
}

function isScalar(type: ValueType): boolean {
  return type.kind === 'enum' || (!type.wrapper && type.scalar !== '')
}

function isZero(schema: Schema, type: ValueType, value: unknown): boolean {
  if (value instanceof Uint8Array) return value.length === 0
  if (type.kind === 'enum') return schema.enum(type.name)?.values[value as string] === 0
  return value === 0 || value === false || value === ''
}

function encodeMap(schema: Schema, field: FieldType, map: Fields, writer: WireWriter): void {
  for (const [key, value] of Object.entries(map)) {
    const entry = new WireWriter()
    entry.tag(1, wireTypeOf(field.mapKey!))
    encodeScalar(field.mapKey!, field.mapKey === 'string' ? key : Number(key), entry)
    encodeTagged(schema, field, 2, value, entry)
    writer.tag(field.spec.n, CHUNK)
    writer.chunk(entry.finish())
  }
}

function encodeList(schema: Schema, field: FieldType, list: readonly unknown[], writer: WireWriter): void {
  if (!isScalar(field) || field.kind === 'string' || field.kind === 'bytes') {
    for (const item of list) encodeTagged(schema, field, field.spec.n, item, writer)
    return
  }
  if (list.length === 0) return
  const packed = new WireWriter()
  for (const item of list)
    encodeScalar(field.kind === 'enum' ? 'enum' : field.scalar, numberOf(schema, field, item), packed)
  writer.tag(field.spec.n, CHUNK)
  writer.chunk(packed.finish())
}

function numberOf(schema: Schema, type: ValueType, value: unknown): unknown {
  if (type.kind !== 'enum') return value
  // A number that `decode` found no name for.
  return schema.enum(type.name)?.values[value as string] ?? (Number(value) || 0)
}

function encodeTagged(schema: Schema, type: ValueType, number: number, value: unknown, writer: WireWriter): void {
  if (isScalar(type)) {
    const scalar = type.kind === 'enum' ? 'enum' : type.scalar
    writer.tag(number, wireTypeOf(scalar))
    encodeScalar(scalar, numberOf(schema, type, value), writer)
    return
  }
  writer.tag(number, CHUNK)
  writer.chunk(encodeValue(schema, type, value))
}

function encodeValue(schema: Schema, type: ValueType, value: unknown): Uint8Array {
  if (type.kind === 'message') return encodeMessage(schema, messageType(schema, type.name), value as Fields)
  return type.kind === 'any' ? encodeAny(schema, value as Fields) : encodeWellKnown(type, value)
}

const NO_BYTES = new Uint8Array(0)

function encodeAny(schema: Schema, any: Fields): Uint8Array {
  const name = String(any['@type'])
  if (name === '') return NO_BYTES
  const wellKnown = name.startsWith('google.protobuf.') ? schema.valueType(name) : undefined
  const content = wellKnown
    ? encodeWellKnown(wellKnown, any['value'])
    : encodeMessage(schema, messageType(schema, name), any)
  const writer = new WireWriter()
  writer.tag(1, CHUNK)
  writer.text(`type.googleapis.com/${name}`)
  if (content.length > 0) {
    writer.tag(2, CHUNK)
    writer.chunk(content)
  }
  return writer.finish()
}

import type { ValueType } from '../schema/field-type.ts'
import type { JsonObject, JsonValue } from '../values.ts'
import { encodeScalar } from './encode-scalar.ts'
import { CHUNK, FIXED64, VARINT, wireTypeOf } from './scalars.ts'
import { WireWriter } from './writer.ts'

/** A message of `google.protobuf` from its normalised form. */
export function encodeWellKnown(type: ValueType, value: unknown): Uint8Array {
  const writer = new WireWriter()
  if (type.wrapper) {
    if (!isZero(value)) {
      writer.tag(1, wireTypeOf(type.scalar))
      encodeScalar(type.scalar, value, writer)
    }
  } else if (type.kind === 'duration') writeTime(writer, value as number, Math.trunc)
  else if (type.kind === 'timestamp') writeTime(writer, value as number, Math.floor)
  else if (type.kind === 'struct') writeStruct(writer, (value ?? {}) as JsonObject)
  else if (type.kind === 'list-value') writeList(writer, (value ?? []) as readonly JsonValue[])
  else if (type.kind === 'value') writeValue(writer, value as JsonValue)
  else if (type.kind === 'field-mask') writePaths(writer, value as string)
  return writer.finish()
}

function isZero(value: unknown): boolean {
  return (
    value === undefined ||
    value === 0 ||
    value === false ||
    value === '' ||
    (value instanceof Uint8Array && value.length === 0)
  )
}

/** Durations round toward zero, so that both parts have one sign; points in time round down. */
function writeTime(writer: WireWriter, millis: number, whole: (n: number) => number): void {
  let seconds = whole(millis / 1000)
  let nanos = Math.round((millis - seconds * 1000) * 1e6)
  if (Math.abs(nanos) >= 1e9) {
    seconds += Math.sign(nanos)
    nanos = 0
  }
  if (seconds !== 0) {
    writer.tag(1, VARINT)
    writer.varint(seconds)
  }
  if (nanos !== 0) {
    writer.tag(2, VARINT)
    writer.varint(nanos)
  }
}

function writeStruct(writer: WireWriter, struct: JsonObject): void {
  for (const [key, value] of Object.entries(struct)) {
    const entry = new WireWriter()
    entry.tag(1, CHUNK)
    entry.text(key)
    entry.tag(2, CHUNK)
    entry.chunk(valueBytes(value))
    writer.tag(1, CHUNK)
    writer.chunk(entry.finish())
  }
}

function writeList(writer: WireWriter, list: readonly JsonValue[]): void {
  for (const item of list) {
    writer.tag(1, CHUNK)
    writer.chunk(valueBytes(item))
  }
}

function valueBytes(value: JsonValue): Uint8Array {
  const writer = new WireWriter()
  writeValue(writer, value)
  return writer.finish()
}

function writeValue(writer: WireWriter, value: JsonValue): void {
  if (value === null) {
    writer.tag(1, VARINT)
    writer.varint(0)
  } else if (typeof value === 'number') {
    writer.tag(2, FIXED64)
    writer.fixed64('double', value)
  } else if (typeof value === 'string') {
    writer.tag(3, CHUNK)
    writer.text(value)
  } else if (typeof value === 'boolean') {
    writer.tag(4, VARINT)
    writer.varint(value ? 1 : 0)
  } else {
    const held = new WireWriter()
    const list = Array.isArray(value)
    if (list) writeList(held, value as readonly JsonValue[])
    else writeStruct(held, value as JsonObject)
    writer.tag(list ? 6 : 5, CHUNK)
    writer.chunk(held.finish())
  }
}

function writePaths(writer: WireWriter, mask: string): void {
  for (const path of mask === '' ? [] : mask.split(',')) {
    writer.tag(1, CHUNK)
    writer.text(path)
  }
}

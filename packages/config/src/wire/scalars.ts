import { base64 } from '@nuncio/core'
import { Malformed, type WireReader } from './reader.ts'

export const VARINT = 0
export const FIXED64 = 1
export const CHUNK = 2
const FIXED32 = 5

const FIXED: Readonly<Record<string, number>> = {
  double: FIXED64,
  fixed64: FIXED64,
  sfixed64: FIXED64,
  float: FIXED32,
  fixed32: FIXED32,
  sfixed32: FIXED32,
}

/** The wire type of a scalar. */
export function wireTypeOf(scalar: string): number {
  if (scalar === 'string' || scalar === 'bytes') return CHUNK
  return FIXED[scalar] ?? VARINT
}

/** One scalar as YAML would write it. */
export function scalarText(scalar: string, reader: WireReader): string {
  switch (scalar) {
    case 'string':
      return reader.text()
    case 'bytes':
      return base64(reader.chunk())
    case 'bool':
      return reader.varint64() === 0n ? 'false' : 'true'
    case 'uint32':
      return String(BigInt.asUintN(32, reader.varint64()))
    case 'uint64':
      return String(reader.varint64())
    case 'int32':
    case 'enum':
      return String(BigInt.asIntN(32, reader.varint64()))
    case 'int64':
      return String(BigInt.asIntN(64, reader.varint64()))
    case 'sint32':
    case 'sint64':
      return String(zigzag(reader.varint64()))
    case 'float':
    case 'fixed32':
    case 'sfixed32':
      return String(reader.fixed32(scalar))
    case 'double':
    case 'fixed64':
    case 'sfixed64':
      return String(reader.fixed64(scalar))
    default:
      throw new Malformed(`there is no scalar ${scalar}`)
  }
}

function zigzag(value: bigint): bigint {
  return (value >> 1n) ^ -(value & 1n)
}

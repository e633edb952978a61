import type { WireWriter } from './writer.ts'

/** One scalar without its tag. */
export function encodeScalar(scalar: string, value: unknown, writer: WireWriter): void {
  switch (scalar) {
    case 'string':
      writer.text(value as string)
      return
    case 'bytes':
      writer.chunk(value as Uint8Array)
      return
    case 'bool':
      writer.varint(value === true ? 1 : 0)
      return
    case 'sint32':
    case 'sint64': {
      const whole = BigInt(value as number)
      writer.varint64((whole << 1n) ^ (whole >> 63n))
      return
    }
    case 'float':
    case 'fixed32':
    case 'sfixed32':
      writer.fixed32(scalar, value as number)
      return
    case 'double':
    case 'fixed64':
    case 'sfixed64':
      writer.fixed64(scalar, value as number)
      return
    default:
      writer.varint(value as number)
  }
}

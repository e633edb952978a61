import { WireWriter } from '@nuncio/config'

// Fields of protobuf messages, written by number. An empty text is left out, as proto3 has it; numbers are not looked at.

const VARINT = 0
const CHUNK = 2

export function nested(writer: WireWriter, field: number, write: (inner: WireWriter) => void): void {
  const inner = new WireWriter()
  write(inner)
  bytes(writer, field, inner.finish())
}

export function bytes(writer: WireWriter, field: number, value: Uint8Array): void {
  writer.tag(field, CHUNK)
  writer.chunk(value)
}

export function text(writer: WireWriter, field: number, value: string): void {
  if (value === '') return
  writer.tag(field, CHUNK)
  writer.text(value)
}

export function varint(writer: WireWriter, field: number, value: number): void {
  writer.tag(field, VARINT)
  writer.varint(value)
}

export function fromHex(digits: string): Uint8Array {
  const out = new Uint8Array(digits.length >> 1)
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16)
  return out
}

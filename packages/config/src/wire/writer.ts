import { utf8Bytes } from '@nuncio/core'

/** Bytes of the protobuf wire format, written to the end. */
export class WireWriter {
  #bytes = new Uint8Array(64)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType)
  }

  /** A whole number; negative ones take ten bytes, as protobuf has it. */
  varint(value: number): void {
    if (value < 0 || value > Number.MAX_SAFE_INTEGER) {
      this.varint64(BigInt(Math.trunc(value)))
      return
    }
    let rest = value
    this.#reserve(10)
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#length++] = rest
  }

  varint64(value: bigint): void {
    let rest = BigInt.asUintN(64, value)
    this.#reserve(10)
    while (rest >= 128n) {
      this.#bytes[this.#length++] = Number(rest & 127n) | 128
      rest >>= 7n
    }
    this.#bytes[this.#length++] = Number(rest)
  }

  chunk(bytes: Uint8Array): void {
    this.varint(bytes.length)
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  text(text: string): void {
    this.chunk(utf8Bytes(text))
  }

  fixed32(kind: string, value: number): void {
    this.#reserve(4)
    if (kind === 'float') this.#view.setFloat32(this.#length, value, true)
    else this.#view.setUint32(this.#length, value >>> 0, true)
    this.#length += 4
  }

  fixed64(kind: string, value: number): void {
    this.#reserve(8)
    if (kind === 'double') this.#view.setFloat64(this.#length, value, true)
    else this.#view.setBigUint64(this.#length, BigInt.asUintN(64, BigInt(Math.trunc(value))), true)
    this.#length += 8
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
    this.#view = new DataView(larger.buffer)
  }
}

import { utf8Text } from '@nuncio/core'

/** What a reader throws inside this folder when the bytes are no message; it never leaves the folder. */
export class Malformed extends Error {}

/** Bytes of the protobuf wire format, read from the front. */
export class WireReader {
  readonly bytes: Uint8Array
  readonly #view: DataView
  at = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get done(): boolean {
    return this.at >= this.bytes.length
  }

  /** An unsigned number of up to 53 bits exactly, beyond that the nearest double. */
  varint(): number {
    let value = 0
    let scale = 1
    for (let i = 0; i < 10; i++) {
      const byte = this.bytes[this.at++]
      if (byte === undefined) throw new Malformed('the bytes end inside a number')
      value += (byte & 127) * scale
      if (byte < 128) return value
      scale *= 128
    }
    throw new Malformed('a number is longer than ten bytes')
  }

  /** All 64 bits. */
  varint64(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.bytes[this.at++]
      if (byte === undefined) throw new Malformed('the bytes end inside a number')
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return BigInt.asUintN(64, value)
    }
    throw new Malformed('a number is longer than ten bytes')
  }

  /** The bytes of a length-delimited field, not copied. */
  chunk(): Uint8Array {
    const length = this.varint()
    const end = this.at + length
    if (end > this.bytes.length) throw new Malformed('a field is longer than what is left')
    const chunk = this.bytes.subarray(this.at, end)
    this.at = end
    return chunk
  }

  text(): string {
    return utf8Text(this.chunk())
  }

  fixed32(kind: 'float' | 'fixed32' | 'sfixed32'): number {
    const at = this.#advance(4)
    if (kind === 'float') return this.#view.getFloat32(at, true)
    return kind === 'fixed32' ? this.#view.getUint32(at, true) : this.#view.getInt32(at, true)
  }

  fixed64(kind: 'double' | 'fixed64' | 'sfixed64'): number | bigint {
    const at = this.#advance(8)
    if (kind === 'double') return this.#view.getFloat64(at, true)
    return kind === 'fixed64' ? this.#view.getBigUint64(at, true) : this.#view.getBigInt64(at, true)
  }

  skip(wireType: number): void {
    if (wireType === 0) this.varint()
    else if (wireType === 1) this.#advance(8)
    else if (wireType === 2) this.chunk()
    else if (wireType === 5) this.#advance(4)
    else throw new Malformed(`there is no wire type ${wireType}`)
  }

  #advance(count: number): number {
    const at = this.at
    this.at += count
    if (this.at > this.bytes.length) throw new Malformed('the bytes end inside a number')
    return at
  }
}

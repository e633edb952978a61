import { EncoderTable } from './encoder-table.ts'
import { encodeHuffman, huffmanLength } from './huffman-encoder.ts'
import { INDEXED, type OutgoingName, outgoingName, SECRET, VARYING } from './outgoing-name.ts'

/** Sizes of the table beyond this cost more than they save. */
const MAX_TABLE_SIZE = 64 * 1024
const FIRST_ROOM = 4096

// Blocks are made one at a time, by whichever connection; each is copied into frames before the next begins.
let block = Buffer.allocUnsafeSlow(FIRST_ROOM)

/** Encodes header blocks of one connection (RFC 7541). A block is begun, filled and taken before the next one begins. */
export class HpackEncoder {
  /** Where the block ends in `bytes`. */
  length = 0
  /** Bytes of the names and values in the block. */
  decompressed = 0
  readonly #table: EncoderTable
  readonly #limit: number
  readonly #huffman: boolean
  /** The smallest size since the last block, and whether the peer must be told. */
  #smallest: number
  #resized = false

  /** `limit`: what our own side allows the table to have. */
  constructor(limit: number, huffman = true) {
    this.#limit = Math.min(limit, MAX_TABLE_SIZE)
    this.#table = new EncoderTable(Math.min(4096, this.#limit))
    this.#smallest = this.#table.maxSize
    this.#resized = this.#table.maxSize !== 4096
    this.#huffman = huffman
  }

  /** The block, from 0 to `length`; valid until any encoder begins another one. */
  get bytes(): Buffer {
    return block
  }

  /** The peer's `SETTINGS_HEADER_TABLE_SIZE`. */
  peerTableSize(size: number): void {
    const next = Math.min(size, this.#limit)
    if (next === this.#table.maxSize) return
    this.#table.maxSize = next
    this.#smallest = Math.min(this.#smallest, next)
    this.#resized = true
  }

  begin(): void {
    this.length = this.decompressed = 0
    if (!this.#resized) return
    this.#reserve(16)
    // Going down and up again is told in both steps (RFC 7541 4.2).
    const { maxSize } = this.#table
    if (this.#smallest < maxSize) this.#integer(0x20, 5, this.#smallest)
    this.#integer(0x20, 5, maxSize)
    this.#smallest = maxSize
    this.#resized = false
  }

  /** A status that stands in the static table, or any other. */
  status(status: number): void {
    const index = STATIC_STATUS[status]
    if (index === undefined) return this.field(STATUS_NAME, String(status))
    this.#reserve(1)
    this.decompressed += STATUS_BYTES
    block[this.length++] = 0x80 | index
  }

  /** A field; the value must be one that may stand in a message. */
  field(name: OutgoingName, value: string): void {
    const size = name.text.length + value.length
    this.#reserve(24 + size)
    this.decompressed += size
    if (name.policy === SECRET) return this.#literal(0x10, 4, this.#nameIndex(name), name, value)
    const found = name.staticValues?.get(value) ?? this.#table.find(name, value)
    if (found > 0) return this.#integer(0x80, 7, found)
    const nameIndex = this.#nameIndex(name)
    if (name.policy === INDEXED || (name.policy === VARYING && nameIndex === 0)) {
      this.#literal(0x40, 6, nameIndex, name, value)
      this.#table.add(name, value)
    } else this.#literal(0, 4, nameIndex, name, value)
  }

  #nameIndex(name: OutgoingName): number {
    return name.staticIndex > 0 ? name.staticIndex : this.#table.findName(name)
  }

  #literal(bits: number, prefix: number, nameIndex: number, name: OutgoingName, value: string): void {
    this.#integer(bits, prefix, nameIndex)
    if (nameIndex === 0) this.#string(name.text)
    this.#string(value)
  }

  #string(text: string): void {
    const plain = text.length
    const coded = this.#huffman ? huffmanLength(text) : plain
    if (coded < plain) {
      this.#integer(0x80, 7, coded)
      this.length = encodeHuffman(text, block, this.length)
      return
    }
    this.#integer(0, 7, plain)
    let at = this.length
    for (let i = 0; i < plain; i++) block[at++] = text.charCodeAt(i)
    this.length = at
  }

  #integer(bits: number, prefix: number, value: number): void {
    const max = (1 << prefix) - 1
    if (value < max) {
      block[this.length++] = bits | value
      return
    }
    block[this.length++] = bits | max
    let rest = value - max
    while (rest >= 128) {
      block[this.length++] = (rest & 127) | 128
      rest = Math.floor(rest / 128)
    }
    block[this.length++] = rest
  }

  #reserve(bytes: number): void {
    if (this.length + bytes <= block.length) return
    const larger = Buffer.allocUnsafeSlow(2 * (this.length + bytes))
    block.copy(larger, 0, 0, this.length)
    block = larger
  }
}

const STATUS_BYTES = ':status200'.length
const STATUS_NAME = outgoingName(':status')!
const STATIC_STATUS: Readonly<Record<number, number>> = { 200: 8, 204: 9, 206: 10, 304: 11, 400: 12, 404: 13, 500: 14 }

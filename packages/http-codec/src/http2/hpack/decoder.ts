import { CLASS, HTAB, latin1, SP, VALUE } from '../../http1/bytes.ts'
import { DynamicTable } from './dynamic-table.ts'
import { ENTRY_OVERHEAD, Field } from './field.ts'
import { type FieldName, fieldName } from './field-name.ts'
import { decodeHuffman, HUFFMAN_TOO_LONG } from './huffman-decoder.ts'
import { STATIC_ENTRIES, STATIC_TABLE } from './static-table.ts'

/** Receives the fields of a header block, in their order. */
export interface FieldSink {
  /**
   * A field. `wireSize`: bytes of name and value as they were sent; `line`: the field as a line of HTTP/1, '' when nobody
   * has made it yet.
   */
  field(name: FieldName, value: string, valid: boolean, wireSize: number, line: string): void
}

/** Why a header block cannot be decoded; the connection cannot go on. */
export type HpackError = '' | 'http2.compression_error' | 'http2.header_field_too_large'

const MALFORMED: HpackError = 'http2.compression_error'
/** The size that every decoder begins with, until its settings are acknowledged. */
const DEFAULT_TABLE_SIZE = 4096
const MAX_INTEGER = 2 ** 28

/** Decodes header blocks of one connection (RFC 7541). */
export class HpackDecoder {
  readonly #table: DynamicTable
  readonly #maxFieldBytes: number
  /** What the peer may set the table to. */
  #limit: number
  /** The table has to shrink: the next block must begin with saying so. */
  #mustShrink = false
  #error: HpackError = ''
  #bytes: Uint8Array = NOTHING
  #at = 0
  #end = 0
  // The last value that was read.
  #valid = true
  #size = 0

  /** `maxFieldBytes`: the most that a name or value may have. */
  constructor(tableSize: number, maxFieldBytes: number) {
    this.#limit = Math.max(tableSize, DEFAULT_TABLE_SIZE)
    this.#table = new DynamicTable(DEFAULT_TABLE_SIZE)
    this.#maxFieldBytes = maxFieldBytes
  }

  get tableSize(): number {
    return this.#table.size
  }

  /** The peer has acknowledged settings with this table size. */
  acknowledged(tableSize: number): void {
    this.#limit = tableSize
    if (this.#table.maxSize > tableSize) this.#mustShrink = true
  }

  /** Decodes a whole block, from `from` to `to`. What went to the sink before an error counts for nothing. */
  decode(bytes: Uint8Array, from: number, to: number, sink: FieldSink): HpackError {
    this.#bytes = bytes
    this.#at = from
    this.#end = to
    this.#error = ''
    let fields = 0
    while (this.#at < to && this.#error === '') {
      const first = bytes[this.#at]!
      if ((first & 0x80) !== 0) this.#indexed(sink)
      else if ((first & 0xe0) === 0x20) {
        // Only in front of all fields (RFC 7541 4.2).
        if (fields > 0) return MALFORMED
        this.#resize()
        continue
      } else this.#literal(sink, first)
      if (this.#mustShrink) return MALFORMED
      fields++
    }
    this.#bytes = NOTHING
    return this.#error
  }

  #resize(): void {
    const size = this.#integer(5)
    if (size > this.#limit) this.#error = MALFORMED
    if (this.#error !== '') return
    this.#table.maxSize = size
    this.#mustShrink = false
  }

  #indexed(sink: FieldSink): void {
    const field = this.#entry(this.#integer(7))
    if (field !== undefined) sink.field(field.name, field.value, field.valid, field.size - ENTRY_OVERHEAD, field.line)
  }

  #literal(sink: FieldSink, first: number): void {
    const indexing = (first & 0x40) !== 0
    const index = this.#integer(indexing ? 6 : 4)
    if (this.#error !== '') return
    const name = index === 0 ? this.#name() : this.#entry(index)?.name
    if (name === undefined || this.#error !== '') return
    const value = this.#string(true)
    if (this.#error !== '') return
    const size = name.text.length + this.#size
    if (!indexing) return sink.field(name, value, this.#valid, size, '')
    const field = new Field(name, value, this.#valid, size + ENTRY_OVERHEAD)
    this.#table.add(field)
    sink.field(name, value, field.valid, size, field.line)
  }

  #name(): FieldName | undefined {
    const text = this.#string(false)
    return this.#error === '' ? fieldName(text) : undefined
  }

  #entry(index: number): Field | undefined {
    const field = index <= STATIC_ENTRIES ? STATIC_TABLE[index - 1] : this.#table.at(index - STATIC_ENTRIES - 1)
    if (field === undefined) this.#error = MALFORMED
    return field
  }

  #integer(prefix: number): number {
    const bytes = this.#bytes
    const max = (1 << prefix) - 1
    let value = bytes[this.#at++]! & max
    if (value < max) return value
    for (let shift = 0; ; shift += 7) {
      // Longer ones are no numbers that anybody means, and would overflow.
      if (this.#at >= this.#end || shift > 21) return this.#fail()
      const byte = bytes[this.#at++]!
      value += (byte & 127) << shift
      if ((byte & 128) === 0) return value < MAX_INTEGER ? value : this.#fail()
    }
  }

  #fail(error: HpackError = MALFORMED): number {
    this.#error = error
    return 0
  }

  /** Reads a string; with `value` it is looked at as one, and set free of blanks at its ends. */
  #string(value: boolean): string {
    if (this.#at >= this.#end) this.#error = MALFORMED
    if (this.#error !== '') return ''
    const huffman = (this.#bytes[this.#at]! & 128) !== 0
    const length = this.#integer(7)
    const from = this.#at
    const to = from + length
    if (this.#error !== '') return ''
    if (to > this.#end) return this.#failText(MALFORMED)
    this.#at = to
    if (!huffman) {
      if (length > this.#maxFieldBytes) return this.#failText('http2.header_field_too_large')
      return value ? this.#value(this.#bytes, from, to) : latin1(this.#bytes, from, to)
    }
    const scratch = scratchOf(this.#maxFieldBytes)
    const decoded = decodeHuffman(this.#bytes, from, to, scratch)
    if (decoded === HUFFMAN_TOO_LONG || decoded > this.#maxFieldBytes)
      return this.#failText('http2.header_field_too_large')
    if (decoded < 0) return this.#failText(MALFORMED)
    return value ? this.#value(scratch, 0, decoded) : latin1(scratch, 0, decoded)
  }

  #failText(error: HpackError): string {
    this.#error = error
    return ''
  }

  #value(bytes: Uint8Array, from: number, to: number): string {
    this.#size = to - from
    let start = from
    let end = to
    while (start < end && isBlank(bytes[start]!)) start++
    while (end > start && isBlank(bytes[end - 1]!)) end--
    let all = VALUE
    for (let i = start; i < end; i++) all &= CLASS[bytes[i]!]!
    this.#valid = all !== 0
    return latin1(bytes, start, end)
  }
}

const NOTHING = new Uint8Array(0)
let scratch = new Uint8Array(16 * 1024)

function scratchOf(size: number): Uint8Array {
  if (scratch.length < size) scratch = new Uint8Array(size)
  return scratch
}

function isBlank(byte: number): boolean {
  return byte === SP || byte === HTAB
}

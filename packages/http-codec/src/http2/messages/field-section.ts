import type { HeaderTable } from '@nuncio/core'
import { LINES, takeIds, takeOffsets } from '../../http1/header-pool.ts'
import { parseLength } from '../../http1/tokens.ts'
import type { FieldSink } from '../hpack/decoder.ts'
import {
  BAD_NAME,
  CONNECTION_FIELD,
  COOKIE_FIELD,
  type FieldName,
  fieldName,
  FIRST_PSEUDO,
  HOST_FIELD,
  LENGTH_FIELD,
  PLAIN,
  TE_FIELD,
  UNKNOWN_PSEUDO,
} from '../hpack/field-name.ts'
import type { Underscores } from '../options.ts'
import type { MessageViolation } from '../violations.ts'

const COOKIE = fieldName('cookie')
const PSEUDOS = UNKNOWN_PSEUDO - FIRST_PSEUDO

/**
 * The fields of one message while its block is decoded: lines as HTTP/1 has them, in a table for a `HeaderMap`, and the
 * pseudo headers beside it. What breaks a rule that holds for all messages is noted; what is beyond the limits is
 * counted but not kept. One serves all connections, as each block is read and acted on at once.
 */
export class FieldSection implements FieldSink {
  /** The first thing that is wrong; '' = nothing yet. */
  error: MessageViolation | '' = ''
  /** Values of pseudo headers, by kind less `FIRST_PSEUDO`; undefined: absent. */
  readonly pseudo: (string | undefined)[] = Array.from({ length: PSEUDOS }, () => undefined)
  host = ''
  /** Of `content-length`; -1 when there is none. */
  length = -1
  /** Bytes of all names and values. */
  bytes = 0
  /** Fields that were left out for an underscore in their name. */
  dropped = 0
  #underscores: Underscores = 'allow'
  #fields = 0
  #maxFields = 0
  #maxBytes = 0
  #count = 0
  #raw = ''
  #at = 0
  #offsets: Int32Array | undefined = undefined
  #ids: Uint8Array | undefined = undefined
  #cookie: string | undefined = undefined
  #regular = false

  /** Names and values may have `maxBytes` in all. */
  begin(maxFields: number, maxBytes: number, underscores: Underscores): void {
    this.dropped = 0
    this.#underscores = underscores
    this.error = ''
    this.pseudo.fill(undefined)
    this.host = ''
    this.length = -1
    this.bytes = 0
    this.#fields = 0
    this.#maxFields = maxFields
    this.#maxBytes = maxBytes
    this.#count = 0
    this.#raw = ''
    this.#at = 0
    this.#cookie = undefined
    this.#regular = false
  }

  field(name: FieldName, value: string, valid: boolean, wireSize: number, line: string): void {
    this.bytes += wireSize
    this.#fields++
    if (this.error !== '') return
    if (this.bytes > this.#maxBytes) return this.#fail('http2.header_list_size_too_large')
    if (this.#fields > this.#maxFields) return this.#fail('http2.too_many_headers')
    if (!valid) return this.#fail('http2.invalid_header')
    const { kind } = name
    if (kind >= FIRST_PSEUDO) return this.#pseudoField(kind, value)
    this.#regular = true
    if (name.underscore && this.#underscores !== 'allow') {
      if (this.#underscores === 'reject') this.#fail('http2.unexpected_underscore')
      this.dropped++
      return
    }
    if (kind !== PLAIN && !this.#special(kind, value)) return
    this.#append(name, value, line)
  }

  /** Moves the lines into a table. */
  moveInto(table: HeaderTable): void {
    if (this.#cookie !== undefined) this.#append(COOKIE, this.#cookie, '')
    if (this.#count === 0) return
    table.raw = this.#raw
    table.offsets = this.#offsets!
    table.ids = this.#ids!
    table.count = this.#count
    this.#offsets = this.#ids = undefined
    this.#raw = ''
  }

  #fail(error: MessageViolation): void {
    this.error = error
  }

  #pseudoField(kind: number, value: string): void {
    if (kind === UNKNOWN_PSEUDO || this.#regular) return this.#fail('http2.invalid_pseudo_header')
    if (this.pseudo[kind - FIRST_PSEUDO] !== undefined) return this.#fail('http2.repeated_pseudo_header')
    this.pseudo[kind - FIRST_PSEUDO] = value
  }

  /** Whether a field with a meaning of its own goes into the table. */
  #special(kind: number, value: string): boolean {
    switch (kind) {
      case COOKIE_FIELD:
        // Crumbs are one field to everybody behind (RFC 9113 8.2.3).
        this.#cookie = this.#cookie === undefined ? value : `${this.#cookie}; ${value}`
        return false
      case HOST_FIELD:
        if (this.host !== '' && this.host !== value) this.#fail('http2.repeated_host')
        this.host = value
        return false
      case LENGTH_FIELD:
        return this.#contentLength(value)
      case TE_FIELD:
        if (value !== 'trailers') this.#fail('http2.invalid_te')
        return true
      case BAD_NAME:
        this.#fail('http2.invalid_header')
        return false
      case CONNECTION_FIELD:
        this.#fail('http2.connection_header')
        return false
      default:
        return true
    }
  }

  #contentLength(value: string): boolean {
    const length = parseLength(value)
    if (length < 0 || (this.length >= 0 && this.length !== length)) this.#fail('http2.bad_content_length')
    const first = this.length < 0
    this.length = length
    return first
  }

  #append(name: FieldName, value: string, line: string): void {
    const text = line === '' ? `${name.lineStart}${value}\r\n` : line
    const at = this.#at
    const i = this.#count << 2
    const ids = (this.#ids ??= takeIds())
    const offsets = (this.#offsets ??= takeOffsets())
    if (this.#count === ids.length) {
      this.#grow(ids, offsets)
      return this.#append(name, value, text)
    }
    const valueAt = at + name.lineStart.length
    offsets[i] = at
    offsets[i + 1] = valueAt - 2
    offsets[i + 2] = valueAt
    offsets[i + 3] = valueAt + value.length
    ids[this.#count++] = name.id
    this.#raw = at === 0 ? text : this.#raw + text
    this.#at = at + text.length
  }

  #grow(ids: Uint8Array, offsets: Int32Array): void {
    const lines = Math.max(2 * LINES, 2 * ids.length)
    this.#ids = new Uint8Array(lines)
    this.#ids.set(ids)
    this.#offsets = new Int32Array(4 * lines)
    this.#offsets.set(offsets)
  }
}

import { CLASS, COLON, CR, HTAB, LF, SP, TARGET, TOKEN, VALUE } from './bytes.ts'
import { giveArrays, LINES, takeIds, takeOffsets } from './header-pool.ts'
import { knownName } from './known-names.ts'

/** `parse` wants more bytes. */
export const MORE = -1
/** `parse` met something malformed; `error` says what. */
export const MALFORMED = -2

// Numbers of the known headers that decide framing and connection; `seen` has the bit `1 << number` of each.
export const CONNECTION = 1
export const TRANSFER_ENCODING = 4
export const UPGRADE = 5
export const TE = 6
export const TRAILER = 7
export const CONTENT_LENGTH = 9
export const HOST_LINE = 10
const EXPECT = 11
const LAST_SPECIAL = EXPECT

// What the next byte belongs to.
const EMPTY_LINES = 0
const METHOD = 1
const TARGET_START = 2
const REQUEST_VERSION = 3
const STATUS_LINE = 4
const REASON = 5
const LINE = 6
const NAME = 7
const VALUE_START = 8
const IN_VALUE = 9

const NO_OFFSETS = new Int32Array(0)
const NO_IDS = new Uint8Array(0)

/** Leading empty lines that are passed over (RFC 9112 2.2 asks for one at least). */
const MAX_EMPTY_LINES = 2
const AROUND_FIELD = 3
const SLASH = 0x2f
const HTTP_1 = Buffer.from('HTTP/1.')

export type HeadKind = 'request' | 'response' | 'trailers'

/**
 * Parses one head in a single pass over bytes. It may be fed in pieces: after `MORE` call again with a buffer that
 * holds the same head from its start with more bytes behind; what was looked at is not looked at again. All positions
 * are relative to the start of the head. On success the tables belong to the caller, who takes them with `take`.
 */
export class HeadParser {
  offsets: Int32Array = takeOffsets()
  ids: Uint8Array = takeIds()
  /** Header lines so far. */
  count = 0
  /** Bytes of their names and values. */
  fieldBytes = 0
  /** 0 or 1, of HTTP/1.x. */
  minor = 1
  methodEnd = 0
  targetStart = 0
  targetEnd = 0
  status = 0
  /** Where the head really starts: behind empty lines. */
  base = 0
  /** Where the header lines begin. */
  linesStart = 0
  /** Bits of the special headers that are there, and of those that are there more than once. */
  seen = 0
  repeated = 0
  /** The first line of each special header; valid only where `seen` has its bit. */
  readonly lineOf = new Int32Array(LAST_SPECIAL + 1)
  /** Why the head is malformed: response code details, such as `http1.bad_header_name`. */
  error = ''
  maxLines = 100
  /** Empty lines before the head. */
  emptyLines = 0
  #phase = EMPTY_LINES
  #at = 0
  #nameStart = 0
  #nameEnd = 0
  #valueStart = 0

  /** `emptyLines`: how many there were before, when an earlier parser has passed over them. */
  begin(kind: HeadKind, maxLines: number, emptyLines = 0): void {
    this.#phase = kind === 'request' ? EMPTY_LINES : kind === 'response' ? STATUS_LINE : LINE
    this.#at = 0
    this.emptyLines = emptyLines
    this.maxLines = maxLines
    this.count = this.fieldBytes = 0
    this.base = 0
    this.linesStart = 0
    this.seen = 0
    this.repeated = 0
    this.error = ''
    if (this.offsets.length === 0) {
      this.offsets = takeOffsets()
      this.ids = takeIds()
    }
  }

  /** The length of the head, empty line included, or `MORE` or `MALFORMED`. */
  parse(bytes: Uint8Array, start: number, end: number): number {
    let i = start + this.#at
    if (this.#phase < LINE) {
      i = this.#phase >= STATUS_LINE ? this.#statusLine(bytes, start, i, end) : this.#requestLine(bytes, start, i, end)
      if (i < 0) return i
    }
    return this.#lines(bytes, start, i, end)
  }

  /** Whether the `length` bytes that were looked at are empty lines and nothing else. */
  onlyEmptyLines(length: number): boolean {
    return this.#phase === EMPTY_LINES && this.#at === length
  }

  /** The header lines as Envoy counts them: of what is around name and value, three bytes; a head has one line at least. */
  get headerBytes(): number {
    return this.fieldBytes + AROUND_FIELD * Math.max(this.count, 1)
  }

  /** Gives the tables up: the caller owns them, the next head gets others. */
  take(): void {
    this.offsets = NO_OFFSETS
    this.ids = NO_IDS
  }

  /** Puts the tables back; they were not taken. */
  drop(): void {
    giveArrays(this.offsets, this.ids)
    this.take()
  }

  // A step-by-step walk along `method SP target SP version CRLF`.
  #requestLine(bytes: Uint8Array, start: number, from: number, end: number): number {
    let i = from
    if (this.#phase === EMPTY_LINES) {
      while (i < end && bytes[i] === CR) {
        if (i + 1 >= end) return this.#wait(EMPTY_LINES, i - start)
        if (bytes[i + 1] !== LF) return this.#fail('http1.bare_cr')
        if (++this.emptyLines > MAX_EMPTY_LINES) return this.#fail('http1.bad_request_line')
        i += 2
      }
      if (i >= end) return this.#wait(EMPTY_LINES, i - start)
      this.base = i - start
      this.#phase = METHOD
    }
    if (this.#phase === METHOD) {
      while (i < end && (CLASS[bytes[i]!]! & TOKEN) !== 0) i++
      if (i >= end) return this.#wait(METHOD, i - start)
      if (i - start === this.base) return this.#fail('http1.bad_method')
      if (bytes[i] !== SP) return this.#fail(lineEnd(bytes[i]!, 'http1.bad_method'))
      this.methodEnd = i - start
      this.targetStart = ++i - start
      this.#phase = TARGET_START
    }
    if (this.#phase === TARGET_START) {
      while (i < end && (CLASS[bytes[i]!]! & TARGET) !== 0) i++
      if (i >= end) return this.#wait(TARGET_START, i - start)
      if (bytes[i] !== SP || i - start === this.targetStart)
        return this.#fail(badTarget(bytes[i]!, bytes[start + this.targetStart]!))
      this.targetEnd = i - start
      i++
      this.#phase = REQUEST_VERSION
    }
    if (end - i < 10) {
      return isVersionPrefix(bytes, i, end)
        ? this.#wait(REQUEST_VERSION, i - start)
        : this.#fail(badVersion(bytes, i, end))
    }
    if (!isVersion(bytes, i) || bytes[i + 8] !== CR || bytes[i + 9] !== LF) return this.#fail(badVersion(bytes, i, end))
    this.minor = bytes[i + 7]! - 48
    i += 10
    this.linesStart = i - start
    this.#phase = LINE
    return i
  }

  #statusLine(bytes: Uint8Array, start: number, from: number, end: number): number {
    let i = from
    if (this.#phase === STATUS_LINE) {
      if (end - i < 13) {
        return isStatusPrefix(bytes, i, end) ? this.#wait(STATUS_LINE, 0) : this.#fail('http1.bad_status_line')
      }
      const next = bytes[i + 12]!
      if (!isStatusPrefix(bytes, i, i + 12) || (next !== SP && next !== CR)) return this.#fail('http1.bad_status_line')
      this.minor = bytes[i + 7]! - 48
      this.status = (bytes[i + 9]! - 48) * 100 + (bytes[i + 10]! - 48) * 10 + bytes[i + 11]! - 48
      i += 12
      this.#phase = REASON
    }
    while (i < end && (CLASS[bytes[i]!]! & VALUE) !== 0) i++
    if (i >= end) return this.#wait(REASON, i - start)
    if (bytes[i] !== CR) return this.#fail(lineEnd(bytes[i]!, 'http1.bad_status_line'))
    if (i + 1 >= end) return this.#wait(REASON, i - start)
    if (bytes[i + 1] !== LF) return this.#fail('http1.bare_cr')
    i += 2
    this.linesStart = i - start
    this.#phase = LINE
    return i
  }

  // Whole lines, one after another; what is cut short is remembered and finished by `#resume`.
  #lines(bytes: Uint8Array, start: number, from: number, end: number): number {
    let i = from
    if (this.#phase !== LINE) {
      i = this.#resume(bytes, start, i, end)
      if (i < 0) return i
    }
    for (;;) {
      if (i >= end) return this.#wait(LINE, i - start)
      if (bytes[i] === CR) {
        if (i + 1 >= end) return this.#wait(LINE, i - start)
        return bytes[i + 1] === LF ? i + 2 - start : this.#fail('http1.bare_cr')
      }
      if (this.count === this.maxLines) return this.#fail('http1.too_many_headers')
      const nameStart = i
      while (i < end && (CLASS[bytes[i]!]! & TOKEN) !== 0) i++
      if (i >= end) return this.#cut(NAME, start, i, nameStart, 0, 0)
      if (bytes[i] !== COLON || i === nameStart) return this.#fail(badName(bytes[i]!, i === nameStart))
      const nameEnd = i++
      while (i < end && (bytes[i] === SP || bytes[i] === HTAB)) i++
      if (i >= end) return this.#cut(VALUE_START, start, i, nameStart, nameEnd, 0)
      const valueStart = i
      while (i < end && (CLASS[bytes[i]!]! & VALUE) !== 0) i++
      if (i + 1 >= end) return this.#cutValue(bytes, start, i, end, nameStart, nameEnd, valueStart)
      if (bytes[i] !== CR || bytes[i + 1] !== LF) return this.#fail(badValue(bytes[i]!))
      this.#add(bytes, start, nameStart, nameEnd, valueStart, i)
      i += 2
    }
  }

  /** Finishes the line that was cut short; answers where the next begins. */
  #resume(bytes: Uint8Array, start: number, from: number, end: number): number {
    const nameStart = start + this.#nameStart
    let i = from
    if (this.#phase === NAME) {
      while (i < end && (CLASS[bytes[i]!]! & TOKEN) !== 0) i++
      if (i >= end) return this.#wait(NAME, i - start)
      if (bytes[i] !== COLON) return this.#fail(badName(bytes[i]!, false))
      this.#nameEnd = i++ - start
      this.#phase = VALUE_START
    }
    if (this.#phase === VALUE_START) {
      while (i < end && (bytes[i] === SP || bytes[i] === HTAB)) i++
      if (i >= end) return this.#wait(VALUE_START, i - start)
      this.#valueStart = i - start
      this.#phase = IN_VALUE
    }
    const nameEnd = start + this.#nameEnd
    const valueStart = start + this.#valueStart
    while (i < end && (CLASS[bytes[i]!]! & VALUE) !== 0) i++
    if (i + 1 >= end) return this.#cutValue(bytes, start, i, end, nameStart, nameEnd, valueStart)
    if (bytes[i] !== CR || bytes[i + 1] !== LF) return this.#fail(badValue(bytes[i]!))
    this.#add(bytes, start, nameStart, nameEnd, valueStart, i)
    this.#phase = LINE
    return i + 2
  }

  #cutValue(
    bytes: Uint8Array,
    start: number,
    i: number,
    end: number,
    nameStart: number,
    nameEnd: number,
    valueStart: number,
  ): number {
    if (i < end && bytes[i] !== CR) return this.#fail(badValue(bytes[i]!))
    return this.#cut(IN_VALUE, start, i, nameStart, nameEnd, valueStart)
  }

  #cut(phase: number, start: number, i: number, nameStart: number, nameEnd: number, valueStart: number): number {
    this.#nameStart = nameStart - start
    this.#nameEnd = nameEnd - start
    this.#valueStart = valueStart - start
    return this.#wait(phase, i - start)
  }

  #add(bytes: Uint8Array, start: number, nameStart: number, nameEnd: number, valueStart: number, end: number): void {
    let valueEnd = end
    while (valueEnd > valueStart && (bytes[valueEnd - 1] === SP || bytes[valueEnd - 1] === HTAB)) valueEnd--
    const line = this.count
    if (line === this.ids.length) this.#grow()
    this.count = line + 1
    const { ids, offsets } = this
    const at = line << 2
    offsets[at] = nameStart - start
    offsets[at + 1] = nameEnd - start
    offsets[at + 2] = valueStart - start
    offsets[at + 3] = valueEnd - start
    this.fieldBytes += nameEnd - nameStart + valueEnd - valueStart
    const id = knownName(bytes, nameStart, nameEnd)
    ids[line] = id
    if (id !== 0 && id <= LAST_SPECIAL) this.#special(id, line)
  }

  #special(id: number, line: number): void {
    const bit = 1 << id
    if ((this.seen & bit) !== 0) {
      this.repeated |= bit
      return
    }
    this.seen |= bit
    this.lineOf[id] = line
  }

  #grow(): void {
    const size = this.ids.length === 0 ? LINES : this.ids.length * 2
    const offsets = new Int32Array(size * 4)
    offsets.set(this.offsets)
    const ids = new Uint8Array(size)
    ids.set(this.ids)
    this.drop()
    this.offsets = offsets
    this.ids = ids
  }

  #wait(phase: number, at: number): number {
    this.#phase = phase
    this.#at = at
    return MORE
  }

  #fail(error: string): number {
    this.error = error
    return MALFORMED
  }
}

function lineEnd(byte: number, otherwise: string): string {
  if (byte === LF) return 'http1.bare_lf'
  if (byte === CR) return 'http1.bad_request_line'
  return isControl(byte) ? 'http1.invalid_characters' : otherwise
}

function badValue(byte: number): string {
  if (byte === LF) return 'http1.bare_lf'
  return byte === CR ? 'http1.bare_cr' : 'http1.invalid_characters'
}

function badName(byte: number, empty: boolean): string {
  if (byte === LF) return 'http1.bare_lf'
  if (byte === SP || byte === HTAB) return empty ? 'http1.obs_fold' : 'http1.space_before_colon'
  return isControl(byte) && byte !== CR ? 'http1.invalid_characters' : 'http1.bad_header_name'
}

function badTarget(byte: number, first: number): string {
  if (byte === CR && first === SLASH) return 'http1.unsupported_version'
  return lineEnd(byte, 'http1.bad_target')
}

function isControl(byte: number): boolean {
  return (byte < SP && byte !== HTAB) || byte === 0x7f
}

function isVersion(bytes: Uint8Array, i: number): boolean {
  return (
    bytes[i] === 72 && bytes[i + 1] === 84 && bytes[i + 2] === 84 && bytes[i + 3] === 80 && bytes[i + 4] === 47 &&
    bytes[i + 5] === 49 && bytes[i + 6] === 46 && (bytes[i + 7] === 49 || bytes[i + 7] === 48)
  ) // prettier-ignore
}

const VERSION_LINE = /^HTTP\/[0-9]\.[0-9]\r\n/

/** Whether what is there so far can still become `HTTP/d.d CRLF`. */
function isVersionPrefix(bytes: Uint8Array, i: number, end: number): boolean {
  const n = end - i
  for (let k = 0; k < n; k++) {
    const c = bytes[i + k]!
    const digit = c >= 48 && c <= 57
    if (k < 5 ? c !== HTTP_1[k] : k === 6 ? c !== 46 : k === 8 ? c !== CR : !digit) return false
  }
  return true
}

function badVersion(bytes: Uint8Array, i: number, end: number): string {
  const line = bytes.subarray(i, Math.min(end, i + 10))
  if (line.some((byte) => byte !== CR && byte !== LF && isControl(byte))) return 'http1.invalid_characters'
  const text = Buffer.from(line).toString('latin1')
  if (text.startsWith('\r') || VERSION_LINE.test(text)) return 'http1.unsupported_version'
  return /^HTTP\/1\.[01]\n/.test(text) ? 'http1.bare_lf' : 'http1.bad_request_line'
}

/** Whether the bytes are, or can become, `HTTP/1.x SP 3DIGIT`. */
function isStatusPrefix(bytes: Uint8Array, i: number, end: number): boolean {
  const n = Math.min(end - i, 12)
  for (let k = 0; k < n; k++) {
    const c = bytes[i + k]!
    if (k < 7 ? c !== HTTP_1[k] : k === 7 ? c !== 48 && c !== 49 : k === 8 ? c !== SP : c < 48 || c > 57) return false
  }
  return true
}

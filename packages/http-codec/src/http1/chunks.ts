import { CLASS, CR, HEX, HTAB, LF, SP, TOKEN, VALUE } from './bytes.ts'

/** `step` used up its bytes and wants more. */
const CHUNK_MORE = 0
/** `dataStart` to `dataEnd` are bytes of the body. */
export const CHUNK_DATA = 1
/** The last chunk is over; the trailer section (perhaps only its empty line) is next. */
export const CHUNK_END = 2
/** The framing is broken; `error` says how. */
export const CHUNK_ERROR = 3

const MAX_SIZE_DIGITS = 16
/** Bytes of extensions in one whole body; they carry nothing for us, and some made servers read gigabytes of them. */
const MAX_EXTENSIONS = 16 * 1024

const SIZE_START = 0
const SIZE = 1
const BLANKS_BEFORE_EXTENSION = 2
const NAME_START = 3
const NAME = 4
const BLANKS_AFTER_NAME = 5
const VALUE_START = 6
const TOKEN_VALUE = 7
const QUOTED = 8
const QUOTED_PAIR = 9
const AFTER_QUOTED = 10
const SIZE_LF = 11
const DATA = 12
const DATA_CR = 13
const DATA_LF = 14

/**
 * Takes the chunked coding off a body, strictly by RFC 9112 7.1: sizes in hexadecimal digits, extensions by their
 * grammar and dropped, CRLF and nothing else as a line end.
 */
export class ChunkDecoder {
  dataStart = 0
  dataEnd = 0
  /** What the last `step` found. */
  event = CHUNK_MORE
  error = ''
  #state = SIZE_START
  #left = 0
  #digits = 0
  #extensions = 0

  /** Starts on another body. */
  reset(): void {
    this.#state = SIZE_START
    this.#extensions = 0
  }

  /** Goes on from `from`, up to the next event; answers where the bytes after it begin. */
  step(bytes: Uint8Array, from: number, end: number): number {
    let i = from
    while (i < end) {
      if (this.#state === DATA) {
        const take = Math.min(end - i, this.#left)
        this.dataStart = i
        this.dataEnd = i + take
        this.#left -= take
        if (this.#left === 0) this.#state = DATA_CR
        this.event = CHUNK_DATA
        return i + take
      }
      const byte = bytes[i++]!
      if (this.#state === SIZE_LF && byte === LF) {
        this.#state = this.#left === 0 ? SIZE_START : DATA
        this.#digits = 0
        if (this.#state === DATA) continue
        this.event = CHUNK_END
        return i
      }
      if (!this.#line(byte)) {
        this.event = CHUNK_ERROR
        this.error = byte === LF ? 'http1.bare_lf' : this.error
        return i
      }
    }
    this.event = CHUNK_MORE
    return i
  }

  // A step-by-step walk along `size *( BWS ";" BWS name [ BWS "=" BWS value ] ) CRLF`, and the CRLF behind the data.
  #line(byte: number): boolean {
    switch (this.#state) {
      case SIZE_START:
        this.#left = 0
        this.#digits = 0
        return this.#size(byte)
      case SIZE:
        return this.#size(byte)
      case BLANKS_BEFORE_EXTENSION:
        return byte === SP || byte === HTAB
          ? this.#extension(BLANKS_BEFORE_EXTENSION)
          : byte === 0x3b && this.#extension(NAME_START)
      case NAME_START:
        if (byte === SP || byte === HTAB) return this.#extension(NAME_START)
        return isToken(byte) && this.#extension(NAME)
      case NAME:
        if (isToken(byte)) return this.#extension(NAME)
        if (byte === 0x3d) return this.#extension(VALUE_START)
        return this.#afterExtension(byte)
      case BLANKS_AFTER_NAME:
        if (byte === SP || byte === HTAB) return this.#extension(BLANKS_AFTER_NAME)
        if (byte === 0x3d) return this.#extension(VALUE_START)
        return byte === 0x3b && this.#extension(NAME_START)
      case VALUE_START:
        if (byte === SP || byte === HTAB) return this.#extension(VALUE_START)
        if (byte === 0x22) return this.#extension(QUOTED)
        return isToken(byte) && this.#extension(TOKEN_VALUE)
      case TOKEN_VALUE:
        return isToken(byte) ? this.#extension(TOKEN_VALUE) : this.#afterValue(byte)
      case QUOTED:
        if (byte === 0x22) return this.#extension(AFTER_QUOTED)
        if (byte === 0x5c) return this.#extension(QUOTED_PAIR)
        return isText(byte) && this.#extension(QUOTED)
      case QUOTED_PAIR:
        return isText(byte) && this.#extension(QUOTED)
      case AFTER_QUOTED:
        return this.#afterValue(byte)
      case DATA_CR:
        this.error = 'http1.bad_chunk_data'
        this.#state = DATA_LF
        return byte === CR
      case DATA_LF:
        this.error = 'http1.bad_chunk_data'
        this.#state = SIZE_START
        return byte === LF
      default:
        // SIZE_LF: a CR without its LF.
        this.error = 'http1.bare_cr'
        return false
    }
  }

  #size(byte: number): boolean {
    this.error = 'http1.bad_chunk_size'
    const digit = HEX[byte]!
    if (digit < 16) {
      this.#state = SIZE
      this.#left = this.#left * 16 + digit
      return ++this.#digits <= MAX_SIZE_DIGITS && this.#left <= Number.MAX_SAFE_INTEGER
    }
    if (this.#digits === 0) return false
    if (byte === CR) {
      this.#state = SIZE_LF
      return true
    }
    if (byte === SP || byte === HTAB) return this.#extension(BLANKS_BEFORE_EXTENSION)
    return byte === 0x3b && this.#extension(NAME_START)
  }

  #extension(next: number): boolean {
    this.#state = next
    this.error = 'http1.bad_chunk_extension'
    return ++this.#extensions <= MAX_EXTENSIONS
  }

  /** Behind an extension's name: a blank may come before `=` or `;`. */
  #afterExtension(byte: number): boolean {
    return byte === SP || byte === HTAB ? this.#extension(BLANKS_AFTER_NAME) : this.#afterValue(byte)
  }

  #afterValue(byte: number): boolean {
    if (byte === CR) {
      this.#state = SIZE_LF
      return true
    }
    if (byte === SP || byte === HTAB) return this.#extension(BLANKS_BEFORE_EXTENSION)
    return byte === 0x3b && this.#extension(NAME_START)
  }
}

function isToken(byte: number): boolean {
  return (CLASS[byte]! & TOKEN) !== 0
}

function isText(byte: number): boolean {
  return (CLASS[byte]! & VALUE) !== 0
}

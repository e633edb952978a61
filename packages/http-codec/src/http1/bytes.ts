/** What a byte may be part of; bits of `CLASS`. */
export const TOKEN = 1
/** A field value: visible, space, tab, and everything above ASCII (RFC 9110 5.5). */
export const VALUE = 2
/** A request target: visible ASCII but `#`, which no target may carry. */
export const TARGET = 4
/** A host name in a Host field or target: unreserved, sub-delims, `%`. */
export const HOST = 8

export const HTAB = 9
export const LF = 10
export const CR = 13
export const SP = 32
export const COLON = 58

/** The classes of each byte. */
export const CLASS = classes()
/** The value of each hexadecimal digit, 255 for other bytes. */
export const HEX = hexDigits()

function classes(): Uint8Array {
  const table = new Uint8Array(256)
  const alphanumeric = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
  mark(table, TOKEN, `!#$%&'*+-.^_\`|~${alphanumeric}`)
  mark(table, HOST, `-._~%!$&'()*+,;=${alphanumeric}`)
  for (let c = 0x20; c < 256; c++) if (c !== 0x7f) table[c]! |= VALUE
  table[HTAB]! |= VALUE
  for (let c = 0x21; c < 0x7f; c++) table[c]! |= TARGET
  return table
}

function mark(table: Uint8Array, bit: number, text: string): void {
  for (let i = 0; i < text.length; i++) table[text.charCodeAt(i)]! |= bit
}

function hexDigits(): Uint8Array {
  const table = new Uint8Array(256).fill(255)
  for (let i = 0; i < 16; i++) {
    const digit = i.toString(16)
    table[digit.charCodeAt(0)] = table[digit.toUpperCase().charCodeAt(0)] = i
  }
  return table
}

/** Bytes as a string of one character each. What sockets give is a `Buffer`; filters may give any `Uint8Array`. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return buffer.toString('latin1', start, end)
}

export const NO_BYTES: Uint8Array = Buffer.alloc(0)

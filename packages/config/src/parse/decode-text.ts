export interface DecodedText {
  readonly text: string
  /** The offset of the first character that no text file has. */
  readonly bad?: number
  readonly message: string
}

/** Bytes as text: UTF-8 only, without its byte order mark. */
export function decodeText(input: string | Uint8Array): DecodedText {
  if (typeof input === 'string') return withoutControls(input.charCodeAt(0) === 0xfeff ? input.slice(1) : input)
  const start = input[0] === 0xef && input[1] === 0xbb && input[2] === 0xbf ? 3 : 0
  const { text, valid } = decodeUtf8(input, start)
  const decoded = withoutControls(text)
  if (valid || decoded.bad !== undefined) return decoded
  return { text, bad: text.length, message: 'the file is not UTF-8' }
}

// oxlint-disable-next-line no-control-regex -- the point is to find them
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/

function withoutControls(text: string): DecodedText {
  const control = CONTROL.exec(text)
  return control
    ? { text, bad: control.index, message: 'the file holds control characters: it is not a text' }
    : { text, message: '' }
}

/** As much of the bytes as is UTF-8. */
function decodeUtf8(bytes: Uint8Array, start: number): { text: string; valid: boolean } {
  let text = ''
  let at = start
  while (at < bytes.length) {
    const end = asciiEnd(bytes, at)
    if (end > at) {
      text += asciiText(bytes.subarray(at, end))
      at = end
      continue
    }
    const length = sequenceLength(bytes, at)
    if (length === 0) return { text, valid: false }
    text += String.fromCodePoint(codePoint(bytes, at, length))
    at += length
  }
  return { text, valid: true }
}

function asciiText(bytes: Uint8Array): string {
  // Spreading would go through an iterator, ten times as slow.
  return String.fromCharCode.apply(undefined, bytes as unknown as number[])
}

/** Arguments of one call; more might not fit on the stack. */
const MAX_RUN = 4096

/** Where a run of plain ASCII ends, that begins here. */
function asciiEnd(bytes: Uint8Array, from: number): number {
  const limit = Math.min(bytes.length, from + MAX_RUN)
  let at = from
  while (at < limit && bytes[at]! < 0x80) at++
  return at
}

/** How many bytes the character has that begins here; 0 when it is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!
  const length =
    first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0
  for (let i = 1; i < length; i++) if ((bytes[at + i]! & 0xc0) !== 0x80) return 0
  if (length < 3) return length
  const code = codePoint(bytes, at, length)
  const overlong = code < (length === 3 ? 0x800 : 0x1_0000)
  return overlong || (code >= 0xd800 && code <= 0xdfff) || code > 0x10_ffff ? 0 : length
}

function codePoint(bytes: Uint8Array, at: number, length: number): number {
  let code = bytes[at]! & (length === 2 ? 31 : length === 3 ? 15 : 7)
  for (let i = 1; i < length; i++) code = (code << 6) | (bytes[at + i]! & 63)
  return code
}

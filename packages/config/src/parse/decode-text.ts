import { utf8Text } from '@nuncio/core'

export interface DecodedText {
  readonly text: string
  /** The offset of the first character that no text file has. */
  readonly bad?: number
  readonly message: string
}

/** Bytes as text: UTF-8 only, without its byte order mark. */
export function decodeText(input: string | Uint8Array): DecodedText {
  const raw = typeof input === 'string' ? input : utf8Text(input)
  const text = raw.charCodeAt(0) === 0xfeff ? raw.slice(1) : raw
  const control = CONTROL.exec(text)
  if (control) return { text, bad: control.index, message: 'the file holds control characters: it is not a text' }
  if (typeof input === 'string') return { text, message: '' }
  // A replacement character that was really written is three bytes; one that stands for a bad byte is not.
  const replaced = text.indexOf('\ufffd')
  if (replaced >= 0 && !isWritten(input, text)) return { text, bad: replaced, message: 'the file is not UTF-8' }
  return { text, message: '' }
}

// oxlint-disable-next-line no-control-regex -- the point is to find them
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/

function isWritten(bytes: Uint8Array, text: string): boolean {
  let written = 0
  for (let i = 0; i + 2 < bytes.length; i++)
    if (bytes[i] === 0xef && bytes[i + 1] === 0xbf && bytes[i + 2] === 0xbd) written++
  let shown = 0
  for (const char of text) if (char === '\ufffd') shown++
  return written === shown
}

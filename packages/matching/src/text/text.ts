import { latin1Text, utf8Bytes } from '@nuncio/core'

/** Whether every character is below U+0080. */
export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false
  return true
}

/** A text of the configuration as it looks on the wire, where each byte of its UTF-8 form is one character. */
export function wireText(text: string): string {
  return isAscii(text) ? text : latin1Text(utf8Bytes(text))
}

/** Lower case of the letters A to Z only: other characters are bytes, not letters. */
export function lowerAscii(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c >= 65 && c <= 90)
      return isAscii(text) ? text.toLowerCase() : text.replace(/[A-Z]+/g, (word) => word.toLowerCase())
  }
  return text
}

/** Whether `text` has `lower` (already in lower case) at an offset, capitals counting as small letters. */
export function hasLowerAt(text: string, lower: string, offset: number): boolean {
  if (offset < 0 || offset + lower.length > text.length) return false
  for (let i = 0; i < lower.length; i++) {
    const c = text.charCodeAt(offset + i)
    if (c !== lower.charCodeAt(i) && !(c >= 65 && c <= 90 && c + 32 === lower.charCodeAt(i))) return false
  }
  return true
}

/** A value in a sentence: quoted, cut when very long. */
export function quoted(value: string): string {
  return JSON.stringify(value.length > 200 ? `${value.slice(0, 200)}…` : value)
}

/** `got absent` or `got "x"`: the second half of an explanation. */
export function got(value: string | undefined): string {
  return value === undefined ? 'got absent' : `got ${quoted(value)}`
}

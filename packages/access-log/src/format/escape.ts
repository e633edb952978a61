import { latin1Text, utf8Bytes } from '@nuncio/core'

// Control bytes are what these patterns look for, and characters that are no byte: written as Latin-1, U+010A would
// become a line feed.
/* oxlint-disable no-control-regex -- control bytes are what these look for */
const SUSPECT = /[\0-\x1f\x7f\u0100-\uffff]/
const CONTROLS = /[\0-\x1f\x7f]/g
const JSON_SPECIAL = /[\0-\x1f"\\\x7f-\uffff]/
const JSON_SPECIALS = /[\0-\x1f"\\\x7f]/g
const NOT_ASCII = /[^\0-\x7f]/
const HIGH = /[\x80-\xff]/g
const NOT_BYTES = /[^\0-\xff]/
/* oxlint-enable no-control-regex */

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }
const JSON_NAMED: Readonly<Record<string, string>> = {
  ...NAMED,
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
}

/** Text as its UTF-8 bytes, one Latin-1 character each: the form that header values have. */
export function asBytes(text: string): string {
  return NOT_ASCII.test(text) ? latin1Text(utf8Bytes(text)) : text
}

/** For a text line: a control byte becomes `\n`, `\r`, `\t` or `\x1b`, so that a value never ends its line. */
export function escapeControls(value: string): string {
  return SUSPECT.test(value) ? onlyBytes(value).replace(CONTROLS, hexEscape) : value
}

/** For a header value: control bytes go, a tab becomes a space. */
export function withoutControls(value: string): string {
  return SUSPECT.test(value) ? onlyBytes(value).replace(CONTROLS, (char) => (char === '\t' ? ' ' : '')) : value
}

/** Text that holds characters beyond Latin-1 was never bytes; it becomes its UTF-8. */
export function onlyBytes(value: string): string {
  return NOT_BYTES.test(value) ? asBytes(value) : value
}

/** A JSON string, in quotes, of bytes. UTF-8 stays; in anything else each byte beyond ASCII becomes `\u00e9`. */
export function jsonString(value: string): string {
  return `"${jsonText(value)}"`
}

/** What stands between the quotes. */
export function jsonText(value: string): string {
  if (!JSON_SPECIAL.test(value)) return value
  const escaped = onlyBytes(value).replace(JSON_SPECIALS, (char) => JSON_NAMED[char] ?? unicodeEscape(char))
  return !NOT_ASCII.test(escaped) || UTF8.test(escaped) ? escaped : escaped.replace(HIGH, unicodeEscape)
}

function hexEscape(char: string): string {
  return NAMED[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`
}

function unicodeEscape(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
}

const UTF8 =
  /^(?:[\0-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})*$/

// What a scalar stands for, as Envoy reads it: its YAML knows octal as 0644 and takes a few more words for booleans.

const INTEGER = /^[-+]?\d+$/
const OCTAL = /^[-+]?0[0-7]+$/
const HEX = /^[-+]?0[xX][\da-fA-F]+$/
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/

/**
 * The number a text stands for: decimal, `0x`, exponent, `.inf`, `.nan`, proto-JSON's `Infinity` and `NaN`; and octal with a
 * leading zero where it is written without quotes.
 */
export function numberOf(text: string, plain = true): number | undefined {
  const first = text.charCodeAt(0)
  // Most texts that come here are not numbers; digits, signs, dots, I and N begin one.
  if (!(first >= 43 && first <= 57) && first !== 73 && first !== 78) return undefined
  if (plain && OCTAL.test(text)) return signed(text, (digits) => Number.parseInt(digits, 8))
  if (INTEGER.test(text) || FLOAT.test(text)) return Number(text)
  return HEX.test(text) ? signed(text, Number) : SPECIAL.get(text)
}

/** The number of a text whose sign `read` does not know. */
function signed(text: string, read: (digits: string) => number): number {
  if (text[0] === '-') return -read(text.slice(1))
  return read(text[0] === '+' ? text.slice(1) : text)
}

const SPECIAL: ReadonlyMap<string, number> = new Map([
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF', 'Infinity'].map((name) => [name, Infinity] as const),
  ...['-.inf', '-.Inf', '-.INF', '-Infinity'].map((name) => [name, -Infinity] as const),
  ...['.nan', '.NaN', '.NAN', 'NaN'].map((name) => [name, Number.NaN] as const),
])

/** Whether a plain text is a whole number for YAML, which a field of text does not take without quotes. */
export function isInteger(text: string): boolean {
  return INTEGER.test(text) || HEX.test(text)
}

const CORE_TRUE = new Set(['true', 'True', 'TRUE'])
const CORE_FALSE = new Set(['false', 'False', 'FALSE'])
const MORE_TRUE = new Set(['yes', 'Yes', 'YES', 'on', 'On', 'ON', 'y', 'Y'])
const MORE_FALSE = new Set(['no', 'No', 'NO', 'off', 'Off', 'OFF', 'n', 'N'])

/** `true` and `false` of the core schema. */
export function coreBoolean(text: string): boolean | undefined {
  return CORE_TRUE.has(text) ? true : CORE_FALSE.has(text) ? false : undefined
}

/** As `coreBoolean`, and `yes`, `no`, `on`, `off`, `y`, `n`. */
export function looseBoolean(text: string): boolean | undefined {
  return coreBoolean(text) ?? (MORE_TRUE.has(text) ? true : MORE_FALSE.has(text) ? false : undefined)
}

const TEXT_TRUE = new Set(['true', 't', 'yes', 'y', '1'])
const TEXT_FALSE = new Set(['false', 'f', 'no', 'n', '0'])

/** What a text that is no boolean of YAML stands for where a boolean is wanted: `"true"`, `"Yes"`, `t`, `"1"`. */
export function booleanOfText(text: string): boolean | undefined {
  const lower = text.toLowerCase()
  return TEXT_TRUE.has(lower) ? true : TEXT_FALSE.has(lower) ? false : undefined
}

// What a plain scalar stands for, by the core schema of YAML 1.2 and, for booleans, the spellings that Envoy's reader takes.

const INTEGER = /^[-+]?\d+$/
const RADIX = /^[-+]?0(?:x[\da-fA-F]+|o[0-7]+)$/
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/

/** The number a text stands for (decimal, `0x`, `0o`, exponent, `.inf`, `.nan`, proto-JSON's `Infinity` and `NaN`). */
export function numberOf(text: string): number | undefined {
  const first = text.charCodeAt(0)
  // Most texts that come here are not numbers; digits, signs, dots, I and N begin one.
  if (!(first >= 43 && first <= 57) && first !== 73 && first !== 78) return undefined
  if (INTEGER.test(text) || FLOAT.test(text)) return Number(text)
  if (RADIX.test(text)) return text[0] === '-' ? -Number(text.slice(1)) : Number(text[0] === '+' ? text.slice(1) : text)
  return SPECIAL.get(text)
}

const SPECIAL: ReadonlyMap<string, number> = new Map([
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF', 'Infinity'].map((name) => [name, Infinity] as const),
  ...['-.inf', '-.Inf', '-.INF', '-Infinity'].map((name) => [name, -Infinity] as const),
  ...['.nan', '.NaN', '.NAN', 'NaN'].map((name) => [name, Number.NaN] as const),
])

/** Whether a plain text is a whole number for YAML, which a field of text does not take without quotes. */
export function isInteger(text: string): boolean {
  return INTEGER.test(text) || RADIX.test(text)
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

import { isPlaceholder, PLACEHOLDER_HINT } from '../parse/placeholder.ts'
import { fromBase64 } from '@nuncio/core'
import type { EnumType, ValueType } from '../schema/field-type.ts'
import type { Node, ScalarNode } from '../tree/node.ts'
import { booleanOfText, isInteger, looseBoolean, numberOf } from '../tree/scalar.ts'
import type { Walk } from './walk.ts'

/** What a node is, for messages. */
export function show(node: Node): string {
  if (node.kind === 'map') return 'an object'
  if (node.kind === 'list') return 'a list'
  if (node.plain) return node.text === '' ? 'nothing' : shorten(node.text)
  return JSON.stringify(shorten(node.text))
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

export function wrongType(walk: Walk, node: Node, expected: string, hint = ''): undefined {
  const unfilled = node.kind === 'scalar' && isPlaceholder(node.text)
  walk.error('wrong-type', node.offset, `expected ${expected}, got ${show(node)}`, unfilled ? PLACEHOLDER_HINT : hint)
}

export function readString(walk: Walk, node: Node): string | undefined {
  if (node.kind !== 'scalar') return wrongType(walk, node, 'a text')
  if (node.plain && isNotText(node.text)) return wrongType(walk, node, 'a text', `put it in quotes: "${node.text}"`)
  return node.text
}

/**
 * Numbers with a fraction or of more than 32 bits pass as text, as in Envoy; other whole numbers and booleans do not, and
 * `yes`, `no`, `on`, `off`, `y` and `n` are booleans to Envoy.
 */
function isNotText(text: string): boolean {
  if (text.charCodeAt(0) <= 57) return isInteger(text) && Math.abs(numberOf(text)!) < 2 ** 31
  return text.length <= 5 && looseBoolean(text) !== undefined
}

export function readBool(walk: Walk, node: Node): boolean | undefined {
  if (node.kind !== 'scalar') return wrongType(walk, node, 'true or false')
  const { text, plain } = node
  const value = (plain ? looseBoolean(text) : undefined) ?? (plain && isInteger(text) ? undefined : booleanOfText(text))
  return value ?? wrongType(walk, node, 'true or false')
}

export function readBytes(walk: Walk, node: Node): Uint8Array | undefined {
  const text = readString(walk, node)
  if (text === undefined) return undefined
  // Padded to the end or not at all.
  const bytes = text.includes('=') && text.length % 4 !== 0 ? undefined : fromBase64(text)
  return bytes ?? wrongType(walk, node, 'bytes in base64', /\s/.test(text) ? 'without blanks and line ends' : '')
}

const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  sint32: [-(2 ** 31), 2 ** 31 - 1],
  sfixed32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  fixed32: [0, 2 ** 32 - 1],
  int64: [-(2 ** 63), 2 ** 63],
  sint64: [-(2 ** 63), 2 ** 63],
  sfixed64: [-(2 ** 63), 2 ** 63],
  uint64: [0, 2 ** 64],
  fixed64: [0, 2 ** 64],
}

export function readInt(walk: Walk, node: Node, scalar: string): number | undefined {
  const value = node.kind === 'scalar' ? numberOf(node.text, node.plain) : undefined
  if (value === undefined || !Number.isInteger(value)) return wrongType(walk, node, 'a whole number', octalHint(node))
  const [low, high] = RANGES[scalar] ?? [-Infinity, Infinity]
  if (value >= low && value <= high && !roundsUp((node as ScalarNode).text, value, high)) return value
  walk.error(
    'out-of-range',
    node.offset,
    `${shorten((node as ScalarNode).text)} is out of range: ${scalar} goes from ${low} to ${high}`,
  )
  return undefined
}

/** Whether a number of 64 bits is only in range because the nearest number is: the limits themselves are one too large. */
function roundsUp(text: string, value: number, high: number): boolean {
  return value === high && high > 2 ** 53 && /^\+?\d+$/.test(text) && BigInt(text) >= BigInt(high)
}

/** Other readers of YAML know octal as `0o644`. */
function octalHint(node: Node): string {
  const [, digits] = (node.kind === 'scalar' && /^0o([0-7]+)$/.exec(node.text)) || []
  return digits === undefined ? '' : `octal is written as 0${digits}`
}

export function readFloat(walk: Walk, node: Node): number | undefined {
  const value = node.kind === 'scalar' ? numberOf(node.plain ? node.text : node.text.trim(), node.plain) : undefined
  return value ?? wrongType(walk, node, 'a number')
}

export function readEnum(walk: Walk, node: Node, type: ValueType): string | undefined {
  const values = walk.schema.enum(type.name)
  if (node.kind !== 'scalar' || !values) return wrongType(walk, node, 'a name')
  const name = values.values[node.text] === undefined ? values.byName.get(node.text.toUpperCase()) : node.text
  if (name !== undefined) return name
  const number = isInteger(node.text) ? numberOf(node.text, node.plain) : undefined
  const known = number === undefined ? undefined : values.byNumber.get(number)
  if (known !== undefined) return known
  return number !== undefined && walk.fromWire ? String(number) : unknownValue(walk, node, values)
}

function unknownValue(walk: Walk, node: ScalarNode, type: EnumType): undefined {
  const names = Object.keys(type.values)
  const near = walk.nearest(
    node.text.toUpperCase(),
    names.map((name) => name.toUpperCase()),
  )
  const best = near === undefined ? undefined : type.byName.get(near)
  const listed = names.length > 12 ? `${names.slice(0, 12).join(', ')}, …` : names.join(', ')
  walk.error('unknown-value', node.offset, `${show(node)} is not one of ${listed}`, best ? `did you mean ${best}?` : '')
}

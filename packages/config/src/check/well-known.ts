import type { JsonObject, JsonValue } from '../values.ts'
import { isNull, type MapNode, type Node, valueOf } from '../tree/node.ts'
import { coreBoolean, numberOf } from '../tree/scalar.ts'
import { readString, wrongType } from './scalar.ts'
import { timestampOf } from './timestamp.ts'
import type { Walk } from './walk.ts'

const DURATION = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/
/** What Envoy can count in nanoseconds: 292 years. */
const MAX_SECONDS = 9_223_372_035

/** `1.5s`, or `{seconds, nanos}`: milliseconds. */
export function readDuration(walk: Walk, node: Node): number | undefined {
  if (node.kind === 'map') return durationFromFields(walk, node)
  if (node.kind !== 'scalar') return wrongType(walk, node, 'a duration', 'write seconds, as in 1.5s')
  const match = DURATION.exec(node.text)
  if (!match) {
    const seconds = secondsMeant(node.text)
    return wrongType(
      walk,
      node,
      'a duration',
      seconds === undefined ? 'write seconds, as in 1.5s' : `write seconds: ${seconds}s`,
    )
  }
  const seconds = Number(match[2])
  if (seconds > MAX_SECONDS) return wrongType(walk, node, `a duration of ${MAX_SECONDS}s at most`)
  const millis = seconds * 1000 + (match[3] === undefined ? 0 : Number(match[3].padEnd(9, '0')) / 1e6)
  // Envoy reads every duration as an unsigned number of milliseconds.
  if (match[1] === '-' && millis > 0) return wrongType(walk, node, 'a duration that is not negative')
  return millis
}

/** The most that each may say. */
const DURATION_FIELDS: Readonly<Record<string, readonly [most: number, millis: number]>> = {
  seconds: [MAX_SECONDS, 1000],
  nanos: [999_999_999, 1e-6],
}

function durationFromFields(walk: Walk, node: MapNode): number | undefined {
  let millis: number | undefined = 0
  for (const { key, keyOffset, value } of node.entries) {
    const [most, unit] = DURATION_FIELDS[key] ?? []
    const number = value.kind === 'scalar' ? numberOf(value.text, value.plain) : undefined
    if (most === undefined || unit === undefined)
      walk.error('unknown-field', keyOffset, `unknown field "${key}" in a duration`, 'write seconds, as in 1.5s')
    else if (number === undefined || !Number.isInteger(number) || number < 0 || number > most) {
      wrongType(walk, value, `a whole number from 0 to ${most}`)
      millis = undefined
    } else if (millis !== undefined) millis += number * unit
  }
  return millis
}

/** What `250ms`, `5m`, `1h`, `.5s` or a bare `5` was meant to be, in seconds. */
function secondsMeant(text: string): number | undefined {
  const match = /^(\d{0,9}(?:\.\d{1,9})?)(ms|us|s|m|min|h|d|)$/.exec(text)
  if (!match || match[1] === '' || match[1] === undefined) return undefined
  return Number(match[1]) * (UNITS[match[2]!] ?? 1)
}

const UNITS: Readonly<Record<string, number>> = { us: 1e-6, ms: 1e-3, s: 1, m: 60, min: 60, h: 3600, d: 86_400 }

/** RFC 3339: milliseconds since 1970. */
export function readTimestamp(walk: Walk, node: Node): number | undefined {
  const text = node.kind === 'scalar' ? node.text : undefined
  const value = text === undefined ? undefined : timestampOf(text)
  return value ?? wrongType(walk, node, 'a point in time', 'write it as in 2030-01-31T23:59:59Z')
}

export function readFieldMask(walk: Walk, node: Node): string | undefined {
  if (node.kind === 'map' && valueOf(node, 'paths')?.kind === 'list') {
    const paths = (valueOf(node, 'paths') as { items: Node[] }).items.map((item) => readString(walk, item))
    return paths.every((path) => path !== undefined) ? paths.join(',') : undefined
  }
  return readString(walk, node)
}

export function readStruct(walk: Walk, node: Node): JsonObject | undefined {
  if (node.kind !== 'map') return wrongType(walk, node, 'an object')
  return jsonOf(walk, node) as JsonObject
}

export function readListValue(walk: Walk, node: Node): readonly JsonValue[] | undefined {
  if (node.kind !== 'list') return wrongType(walk, node, 'a list')
  return jsonOf(walk, node) as readonly JsonValue[]
}

/** Any JSON: what Struct and Value hold. */
export function jsonOf(walk: Walk, node: Node): JsonValue {
  if (node.kind === 'scalar') {
    if (!node.plain) return node.text
    return isNull(node) ? null : (coreBoolean(node.text) ?? finite(node.text) ?? node.text)
  }
  if (node.kind === 'list') {
    const list = node.items.map((item) => jsonOf(walk, item))
    return walk.made(list, node)
  }
  const value: Record<string, JsonValue> = {}
  for (const { key, value: item } of node.entries) value[key] = jsonOf(walk, item)
  return walk.made(value, node)
}

function finite(text: string): number | undefined {
  const number = numberOf(text)
  return number !== undefined && Number.isFinite(number) ? number : undefined
}

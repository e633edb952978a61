import type { Duration, Timestamp } from '@bufbuild/protobuf/wkt'
import { base64, utf8Text } from '@nuncio/core'
import type { CelLibrary } from './library.ts'

/** What an expression gave, as the library has it. */
export type CelValue = unknown

const DURATION = 'google.protobuf.Duration'
const TIMESTAMP = 'google.protobuf.Timestamp'

interface Moment {
  readonly $typeName: string
  readonly seconds: bigint
  readonly nanos: number
}

/** As `%CEL(…)%` prints it. */
export function printCel(value: CelValue, library: CelLibrary): string {
  const { cel } = library
  if (value === null) return 'NULL'
  if (typeof value === 'number') return shortNumber(value)
  if (typeof value === 'string') return value
  if (typeof value !== 'object') return `${value as bigint | boolean}`
  if (value instanceof Uint8Array) return utf8Text(value)
  if (cel.isCelUint(value)) return String(value.value)
  if (cel.isCelList(value)) return 'CelList value'
  if (cel.isCelMap(value)) return 'CelMap value'
  if (cel.isCelType(value)) return 'CelType value'
  const moment = momentOf(value)
  if (moment === undefined) return 'CelMap value'
  return moment.$typeName === DURATION ? shortDuration(moment) : zoned(momentAsJson(moment, library))
}

/** As `%TYPED_CEL(…)%` has it in JSON; undefined where there is nothing like it. */
export function jsonOfCel(value: CelValue, library: CelLibrary): unknown {
  const { cel } = library
  if (value === null) return undefined
  if (typeof value === 'bigint') return Number(value)
  if (typeof value !== 'object') return value
  if (value instanceof Uint8Array) return base64(value)
  if (cel.isCelUint(value)) return Number(value.value)
  if (cel.isCelList(value)) return listOf([...value], library)
  if (cel.isCelMap(value)) return mapOf([...value], library)
  const moment = momentOf(value)
  if (moment === undefined) return undefined
  return momentAsJson(moment, library)
}

function listOf(values: readonly CelValue[], library: CelLibrary): readonly unknown[] | undefined {
  const list = values.map((value) => (value === null ? null : jsonOfCel(value, library)))
  return list.includes(undefined) ? undefined : list
}

function mapOf(entries: readonly (readonly [unknown, CelValue])[], library: CelLibrary): object | undefined {
  const map = new Map<string, unknown>()
  for (const [key, value] of entries) {
    const json = value === null ? null : jsonOfCel(value, library)
    if (typeof key !== 'string' || json === undefined) return undefined
    map.set(key, json)
  }
  return Object.fromEntries(map)
}

function momentOf(value: object): Moment | undefined {
  const message = ('message' in value ? value.message : value) as Partial<Moment> | undefined
  return message?.$typeName === DURATION || message?.$typeName === TIMESTAMP ? (message as Moment) : undefined
}

function momentAsJson(moment: Moment, { protobuf, wkt }: CelLibrary): string {
  return moment.$typeName === DURATION
    ? protobuf.toJson(wkt.DurationSchema, moment as Duration)
    : protobuf.toJson(wkt.TimestampSchema, moment as Timestamp)
}

/** `2026-01-02T03:04:05.25+00:00` of what JSON has as `2026-01-02T03:04:05.250Z`. */
function zoned(json: string): string {
  return json.replace(/(?:\.?0*)Z$/, (tail) => (json.includes('.') ? '+00:00' : `${tail.slice(0, -1)}+00:00`))
}

/** Six significant digits, as C prints `%g`. */
function shortNumber(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (Object.is(value, -0)) return '-0'
  const [digits = '', power = '0'] = value.toExponential(5).split('e')
  const exponent = Number(power)
  if (exponent >= -4 && exponent < 6) return String(Number(value.toPrecision(6)))
  const sign = exponent < 0 ? '-' : '+'
  return `${Number(digits)}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`
}

/** `1h1m1.25s`, `230.023us`. */
function shortDuration({ seconds, nanos }: Moment): string {
  let total = seconds * 1_000_000_000n + BigInt(nanos)
  if (total === 0n) return '0'
  const sign = total < 0n ? '-' : ''
  if (total < 0n) total = -total
  if (total < 1000n) return `${sign}${total}ns`
  if (total < 1_000_000n) return `${sign}${Number(total) / 1e3}us`
  if (total < 1_000_000_000n) return `${sign}${Number(total) / 1e6}ms`
  const [hours, minutes] = [total / 3_600_000_000_000n, (total / 60_000_000_000n) % 60n]
  const rest = Number(total % 60_000_000_000n) / 1e9
  const parts = [hours > 0n && `${hours}h`, minutes > 0n && `${minutes}m`, rest > 0 && `${rest}s`]
  return sign + parts.filter((part) => part !== false).join('')
}

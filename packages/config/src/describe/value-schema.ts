import type { FieldType, Kind, ValueType } from '../schema/field-type.ts'
import type { JsonValue } from '../values.ts'

type Json = Record<string, JsonValue>
type Limits = Readonly<Record<string, unknown>>

/** JSON Schema of a value that is no message, with the limits that the field sets. */
export function valueSchema(type: ValueType, field: FieldType): Json {
  const { kind, scalar } = type
  if (kind === 'int')
    return {
      type: ['integer', 'string'],
      ...numberLimits(limitsOf(field, scalar), scalar.startsWith('u') ? { minimum: 0 } : {}),
    }
  if (kind === 'float') return { type: ['number', 'string'], ...numberLimits(limitsOf(field, scalar), {}) }
  if (kind === 'string') return { type: ['string', 'number'], ...textLimits(limitsOf(field, 'string')) }
  return { ...PLAIN[kind] }
}

const PLAIN: Readonly<Partial<Record<Kind, Json>>> = {
  bool: { type: 'boolean' },
  duration: { type: 'string', pattern: '^-?\\d+(\\.\\d{1,9})?s$' },
  timestamp: { type: 'string', format: 'date-time' },
  bytes: { type: 'string' },
  'field-mask': { type: 'string' },
  struct: { type: 'object' },
  empty: { type: 'object' },
  'list-value': { type: 'array' },
}

function limitsOf(field: FieldType, kind: string): Limits {
  const rules = field.spec.r
  const own = field.spec.k
    ? (rules?.['map'] as Limits | undefined)?.['values']
    : field.spec.a
      ? (rules?.['repeated'] as Limits | undefined)?.['items']
      : rules
  return ((own as Limits | undefined)?.[kind] ?? {}) as Limits
}

function numberLimits(limits: Limits, base: Json): Json {
  const out: Json = { ...base }
  if (limits['gte'] !== undefined) out['minimum'] = Number(limits['gte'])
  if (limits['gt'] !== undefined) out['exclusiveMinimum'] = Number(limits['gt'])
  if (limits['lte'] !== undefined) out['maximum'] = Number(limits['lte'])
  if (limits['lt'] !== undefined) out['exclusiveMaximum'] = Number(limits['lt'])
  return out
}

function textLimits(limits: Limits): Json {
  const out: Json = {}
  if (limits['min_len'] !== undefined && limits['ignore_empty'] !== true) out['minLength'] = Number(limits['min_len'])
  if (limits['max_len'] !== undefined) out['maxLength'] = Number(limits['max_len'])
  if (typeof limits['pattern'] === 'string') out['pattern'] = limits['pattern']
  if (Array.isArray(limits['in'])) out['enum'] = limits['in'] as JsonValue[]
  return out
}

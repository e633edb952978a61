import { base64 } from '@nuncio/core'
import type { FieldSpec, Rules } from '../../table.ts'
import type { EnumType, SizeRule, ValueType } from '../field-type.ts'
import { durationRule, numberRule } from './number.ts'
import { all, type Check, listOf, type Rule } from './rule.ts'
import { stringRule } from './string.ts'

const rulesOf = (value: unknown): Rules => (value ?? {}) as Rules

/** The rule of one value by the options of its field; `rules` is what the field, its `items` or its `values` wrote. */
export function valueRule(type: ValueType, rules: Rules | undefined, enumType: EnumType | undefined): Rule | undefined {
  const { kind } = type
  if (!rules) return undefined
  if (kind === 'string') return stringRule(rulesOf(rules['string']))
  if (kind === 'int' || kind === 'float') return numberRule(rulesOf(rules[type.scalar]), Number, String)
  if (kind === 'duration') return durationRule(rulesOf(rules['duration']))
  if (kind === 'enum') return enumRule(rulesOf(rules['enum']), enumType)
  if (kind === 'bytes') return bytesRule(rulesOf(rules['bytes']))
  return kind === 'bool' ? boolRule(rulesOf(rules['bool'])['const']) : undefined
}

function boolRule(value: unknown): Check<boolean> | undefined {
  return typeof value === 'boolean' ? (given) => (given === value ? undefined : `must be ${value}`) : undefined
}

function bytesRule(rules: Rules): Check<Uint8Array> | undefined {
  const [min, max] = [Number(rules['min_len'] ?? 0), Number(rules['max_len'] ?? Infinity)]
  const checks: Check<Uint8Array>[] = []
  if (min > 0)
    checks.push((value) =>
      value.length >= min ? undefined : min === 1 ? 'must not be empty' : `must have ${min} byte(s) or more`,
    )
  if (max < Infinity) checks.push((value) => (value.length <= max ? undefined : `may have ${max} byte(s) at most`))
  if (typeof rules['const'] === 'string')
    checks.push((value) => (base64(value) === rules['const'] ? undefined : 'is not the one value allowed'))
  return all(checks)
}

function enumRule(rules: Rules, type: EnumType | undefined): Check<string> | undefined {
  const [allowed, refused] = [listOf(rules['in']), listOf(rules['not_in'])]
  const constant = rules['const']
  if (!type || (allowed.length === 0 && refused.length === 0 && constant === undefined)) return undefined
  const names = (numbers: readonly unknown[]): string =>
    numbers.map((n) => type.byNumber.get(Number(n)) ?? String(n)).join(', ')
  return (value) => {
    const number = type.values[value]
    if (constant !== undefined && number !== constant) return `must be ${names([constant])}`
    if (allowed.length > 0 && !allowed.includes(number)) return `must be one of ${names(allowed)}`
    return refused.includes(number) ? `may not be ${value}` : undefined
  }
}

/** Rules of a list or a map as a whole. */
export function sizeRule(spec: FieldSpec): SizeRule | undefined {
  const rules = rulesOf(spec.k ? spec.r?.['map'] : spec.a ? spec.r?.['repeated'] : undefined)
  const [min, max] = spec.k ? [rules['min_pairs'], rules['max_pairs']] : [rules['min_items'], rules['max_items']]
  const unique = rules['unique'] === true
  if (min === undefined && max === undefined && !unique) return undefined
  return { min: Number(min ?? 0), max: Number(max ?? Infinity), unique }
}

/** The rules that hold for each value of a field: its own, or those of its items or values. */
export function ownRules(spec: FieldSpec): Rules | undefined {
  if (spec.k) return rulesOf(spec.r?.['map'])['values'] as Rules | undefined
  return spec.a ? (rulesOf(spec.r?.['repeated'])['items'] as Rules | undefined) : spec.r
}

/** Why an absent field is a problem, or undefined. Plain scalars stand for zero when absent, so their rules are asked. */
export function missingReason(
  spec: FieldSpec,
  type: ValueType,
  rule: Rule | undefined,
  size: SizeRule | undefined,
  zeroName: string | undefined,
): string | undefined {
  const rules = spec.r
  if (!rules) return undefined
  if (spec.a || spec.k) {
    const ignored = spec.a && rulesOf(rules['repeated'])['ignore_empty'] === true
    return size && size.min > 0 && !ignored ? 'is required' : undefined
  }
  for (const kind of ['message', 'any', 'duration', 'timestamp'])
    if (rulesOf(rules[kind])['required'] === true) return 'is required'
  if (type.wrapper || spec.p || !rule) return undefined
  const zero = type.kind === 'enum' ? zeroName : ZERO[type.kind]
  if (zero === undefined) return undefined
  return (rule as Check<unknown>)(zero) === undefined ? undefined : 'is required'
}

const ZERO: Readonly<Record<string, unknown>> = { string: '', bytes: new Uint8Array(0), int: 0, float: 0, bool: false }

import { expect, test } from 'vitest'
import { envoySchema } from '../schema.ts'
import type { Rules } from '../../table.ts'

/** What is read of the rules of Envoy's API, by what they are about. A rule of any other kind would go unheard. */
const READ: Readonly<Record<string, readonly string[]>> = {
  string: ['min_len', 'max_len', 'len', 'min_bytes', 'max_bytes', 'len_bytes', 'const', 'prefix', 'suffix', 'contains', 'not_contains', 'in', 'not_in', 'pattern', 'ip', 'ipv4', 'ipv6', 'hostname', 'address', 'email', 'uri', 'uri_ref', 'uuid', 'well_known_regex', 'strict', 'ignore_empty'],
  bytes: ['min_len', 'max_len', 'const'],
  enum: ['defined_only', 'in', 'not_in', 'const'],
  bool: ['const'],
  duration: ['required', 'gt', 'gte', 'lt', 'lte', 'const', 'in', 'not_in'],
  message: ['required'],
  any: ['required'],
  repeated: ['min_items', 'max_items', 'unique', 'items', 'ignore_empty'],
  map: ['min_pairs', 'max_pairs', 'keys', 'values'],
  ...Object.fromEntries(['int32', 'int64', 'uint32', 'uint64', 'float', 'double'].map((kind) => [kind, ['gt', 'gte', 'lt', 'lte', 'const', 'in', 'not_in']])),
} // prettier-ignore

/** `string.min_len` of each rule, those of items, keys and values too. */
function kindsOf(rules: Rules): readonly string[] {
  return Object.entries(rules).flatMap(([kind, of]) =>
    Object.entries(of as Rules).flatMap(([name, value]) => [
      `${kind}.${name}`,
      ...(['items', 'keys', 'values'].includes(name) ? kindsOf(value as Rules) : []),
    ]),
  )
}

test('every rule that any message of Envoy’s API has is one that is read', () => {
  const read = new Set(Object.entries(READ).flatMap(([kind, names]) => names.map((name) => `${kind}.${name}`)))
  const found = Object.values(envoySchema().table.messages).flatMap(({ f: fields }) =>
    Object.values(fields).flatMap(({ r: rules }) => (rules === undefined ? [] : kindsOf(rules))),
  )
  expect(found.length).toBeGreaterThan(1000)
  expect([...new Set(found)].filter((kind) => !read.has(kind))).toEqual([])
})

test('every field with rules of its own has a check, or is one that may not be absent', () => {
  const schema = envoySchema()
  const unchecked = Object.keys(schema.table.messages).flatMap((name) =>
    [...new Set(schema.message(name)!.fields.values())]
      .filter(
        ({ spec: { r: rules }, kind }) =>
          rules !== undefined && kind !== 'enum' && Object.keys(rules).some((about) => !says(rules, about)),
      )
      .filter(
        ({ rule, sizeRule, keyRule, missing, oneof }) =>
          !rule && !sizeRule && !keyRule && missing === undefined && !oneof,
      )
      .map(({ field }) => `${name}.${field}`),
  )
  expect(unchecked).toEqual([])
})

/** Whether rules about something come to nothing: `required: false`, `min_len: 0`. */
function says(rules: Rules, about: string): boolean {
  return Object.entries(rules[about] as Rules).every(
    ([name, value]) => value === false || value === 0 || name === 'strict',
  )
}

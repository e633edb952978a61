import type { Honours, MessageSchema } from '../message.ts'
import type { FieldSpec, MessageSpec, Rules } from '../table.ts'
import type { JsonObject } from '../values.ts'

/** One field of a message of one's own; make it with `string()`, `uint32()` and their neighbours. */
export interface Field<T, Required extends boolean = false> {
  readonly type: (at: Naming) => string
  readonly list: boolean
  readonly rules: Rules | undefined
  readonly sensitive: boolean
  /** Only carry the types. */
  readonly value?: T
  readonly required?: Required
}

/** Where messages and enums inside a message get their names and are kept. */
interface Naming {
  readonly name: string
  readonly messages: Record<string, MessageSpec>
  readonly enums: Record<string, Readonly<Record<string, number>>>
}

// oxlint-disable-next-line typescript/no-explicit-any -- stands for fields of every type
type AnyField = Field<any, boolean>
/** The fields of a message of one's own, by snake_case name. */
export type Fields = Readonly<Record<string, AnyField>>
type Names<F extends Fields, R extends boolean> = {
  [K in keyof F]: F[K] extends Field<unknown, R> ? K : never
}[keyof F]
type ValueOf<F> = F extends Field<infer T, boolean> ? T : never

/** What a configuration of these fields looks like once it was read. */
export type Value<F extends Fields> = { readonly [K in Names<F, true>]: ValueOf<F[K]> } & {
  readonly [K in Exclude<keyof F, Names<F, true>>]?: ValueOf<F[K]>
}

/**
 * Declares a message that is not Envoy's, as the configuration of a filter or a policy of one's own. `type` is its full
 * name, as in `type.googleapis.com/acme.filters.v1.Stamp`. Fields keep their place: new ones go to the end.
 *
 *     const config = message('acme.filters.v1.Stamp', {
 *       text: required(string({ minLength: 1 })),
 *       after: duration(),
 *     })
 */
export function message<F extends Fields>(type: string, fields: F): MessageSchema<Value<F>> {
  const messages: Record<string, MessageSpec> = {}
  const enums: Naming['enums'] = {}
  addMessage(type, fields, { messages, enums })
  const honours = Object.fromEntries(Object.keys(messages).map((name) => [name, '*' as const])) as Honours
  return { type, honours, messages, enums }
}

function addMessage(name: string, fields: Fields, into: Omit<Naming, 'name'>): void {
  const specs: Record<string, FieldSpec> = {}
  into.messages[name] = { f: specs }
  for (const [i, [key, field]] of Object.entries(fields).entries()) {
    specs[key] = {
      t: field.type({ ...into, name: `${name}.${pascalCase(key)}` }),
      n: i + 1,
      ...(field.list && { a: 1 as const }),
      ...(field.sensitive && { s: 1 as const }),
      ...(field.rules && { r: field.rules }),
    }
  }
}

function pascalCase(name: string): string {
  return name.replace(/(?:^|_)([a-z0-9])/g, (_, char: string) => char.toUpperCase())
}

function plain<T>(type: string, rules?: Rules, sensitive = false): Field<T> {
  return { type: () => type, list: false, rules, sensitive }
}

function given(rules: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(rules).filter(([, value]) => value !== undefined))
}

/** What a text must be; lengths in characters. */
export interface StringRules {
  readonly minLength?: number
  readonly maxLength?: number
  /** A regular expression in RE2's syntax. */
  readonly pattern?: string
  readonly in?: readonly string[]
  /** Never shown in a dump or a log. */
  readonly secret?: boolean
}

/** A text, held to the rules when the configuration is loaded. */
export function string({ minLength, maxLength, pattern, in: one, secret }: StringRules = {}): Field<string> {
  const rules = given({ min_len: minLength, max_len: maxLength, pattern, in: one })
  return plain('string', Object.keys(rules).length === 0 ? undefined : { string: rules }, secret)
}

/** The range of a number, both ends included. */
export interface NumberRules {
  /** The least and the largest that are allowed. */
  readonly min?: number
  readonly max?: number
}

function number(type: string, scalar: string, { min, max }: NumberRules): Field<number> {
  const rules = given({ gte: min, lte: max })
  return plain(type, Object.keys(rules).length === 0 ? undefined : { [scalar]: rules })
}

/** A whole number from 0 to 2^32 - 1. */
export function uint32(rules: NumberRules = {}): Field<number> {
  return number('google.protobuf.UInt32Value', 'uint32', rules)
}
/** A whole number of 32 bits with a sign, held to the rules when the configuration is loaded. */
export function int32(rules: NumberRules = {}): Field<number> {
  return number('google.protobuf.Int32Value', 'int32', rules)
}
/** A number, held to the rules when the configuration is loaded. */
export function double(rules: NumberRules = {}): Field<number> {
  return number('google.protobuf.DoubleValue', 'double', rules)
}
/** True or false. */
export function bool(): Field<boolean> {
  return plain('google.protobuf.BoolValue')
}
/** Written as `5s` or `0.25s`; read as milliseconds. */
export function duration(): Field<number> {
  return plain('google.protobuf.Duration', { duration: { gte: {} } })
}
/** Anything that JSON can say. */
export function json(): Field<JsonObject> {
  return plain('google.protobuf.Struct')
}

/** One of these words; left out, it is absent. */
export function oneOf<const T extends string>(...words: readonly [T, ...T[]]): Field<T> {
  return {
    type: ({ name, enums }) => {
      enums[name] = Object.fromEntries(words.map((word, i) => [word, i]))
      return name
    },
    list: false,
    rules: { enum: { defined_only: true } },
    sensitive: false,
  }
}

/** A message inside. */
export function nested<F extends Fields>(fields: F): Field<Value<F>> {
  return {
    type: (at) => {
      addMessage(at.name, fields, at)
      return at.name
    },
    list: false,
    rules: undefined,
    sensitive: false,
  }
}

/** A message of Envoy's inside, by its full name. */
export function envoy<T extends keyof import('../generated/messages.ts').Messages>(
  name: T,
): Field<import('../message.ts').Message<T>> {
  return plain(name)
}

/** Any number of values. */
export function list<T>(item: Field<T, boolean>, { min, max }: NumberRules = {}): Field<readonly T[]> {
  const rules = given({ min_items: min, max_items: max, items: item.rules })
  const sized = Object.keys(rules).length === 0 ? undefined : { repeated: rules }
  return { type: item.type, list: true, rules: sized, sensitive: item.sensitive }
}

/** The field has to be there. */
export function required<T>(field: Field<T, boolean>): Field<T, true> {
  return { ...field, rules: { ...field.rules, message: { required: true } } } as Field<T, true>
}

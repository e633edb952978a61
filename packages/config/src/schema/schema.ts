import type { MessageSchema } from '../message.ts'
import type { FieldSpec, MessageSpec, Table } from '../table.ts'
import { envoyTables } from './envoy-table.ts'
import type { EnumType, FieldType, Kind, MessageType, OneofType, ValueType } from './field-type.ts'
import { camelCase } from './names.ts'
import { missingReason, ownRules, sizeRule, valueRule } from './rules/compile.ts'

const WRAPPED: ReadonlyMap<string, string> = new Map([
  ['BoolValue', 'bool'],
  ['StringValue', 'string'],
  ['BytesValue', 'bytes'],
  ['Int32Value', 'int32'],
  ['Int64Value', 'int64'],
  ['UInt32Value', 'uint32'],
  ['UInt64Value', 'uint64'],
  ['FloatValue', 'float'],
  ['DoubleValue', 'double'],
])
const WELL_KNOWN: ReadonlyMap<string, Kind> = new Map([
  ['Any', 'any'],
  ['Duration', 'duration'],
  ['Timestamp', 'timestamp'],
  ['Struct', 'struct'],
  ['Value', 'value'],
  ['ListValue', 'list-value'],
  ['Empty', 'empty'],
  ['FieldMask', 'field-mask'],
])
const SCALARS: Readonly<Record<string, Kind>> = {
  string: 'string',
  bytes: 'bytes',
  bool: 'bool',
  float: 'float',
  double: 'float',
}
const PROTOBUF = 'google.protobuf.'

/**
 * The table in the form that walks need: fields by name, rules compiled, each message on its first use. It may come in
 * parts: later ones are read when the earlier ones do not have a name.
 */
export class Schema {
  readonly #tables: readonly (() => Table)[]
  #whole: Table | undefined = undefined
  readonly #messages = new Map<string, MessageType | undefined>()
  readonly #enums = new Map<string, EnumType | undefined>()

  constructor(tables: readonly (() => Table)[]) {
    this.#tables = tables
  }

  /** All parts as one. */
  get table(): Table {
    if (this.#whole === undefined) {
      const tables = this.#tables.map((part) => part()).toReversed()
      this.#whole = {
        messages: Object.assign({}, ...tables.map(({ messages }) => messages)) as Table['messages'],
        enums: Object.assign({}, ...tables.map(({ enums }) => enums)) as Table['enums'],
      }
    }
    return this.#whole
  }

  message(name: string): MessageType | undefined {
    let type = this.#messages.get(name)
    if (type !== undefined || this.#messages.has(name)) return type
    const spec = this.#find('messages', name)
    type = spec && this.#compile(name, spec)
    this.#messages.set(name, type)
    return type
  }

  enum(name: string): EnumType | undefined {
    let type = this.#enums.get(name)
    if (type !== undefined || this.#enums.has(name)) return type
    const values = this.#find('enums', name)
    type = values && enumType(name, values)
    this.#enums.set(name, type)
    return type
  }

  /** What a type name of the table stands for; undefined for a name that the table does not have. */
  valueType(name: string): ValueType | undefined {
    if (!name.includes('.')) return { kind: SCALARS[name] ?? 'int', name, wrapper: false, scalar: name }
    const short = name.startsWith(PROTOBUF) ? name.slice(PROTOBUF.length) : ''
    const scalar = WRAPPED.get(short)
    if (scalar !== undefined) return { kind: SCALARS[scalar] ?? 'int', name, wrapper: true, scalar }
    const kind = WELL_KNOWN.get(short) ?? this.#kindOf(name)
    return kind && { kind, name, wrapper: false, scalar: '' }
  }

  #kindOf(name: string): 'message' | 'enum' | undefined {
    for (const part of this.#tables) {
      const { messages, enums } = part()
      if (Object.hasOwn(messages, name)) return 'message'
      if (Object.hasOwn(enums, name)) return 'enum'
    }
    return undefined
  }

  #find<K extends keyof Table>(what: K, name: string): Table[K][string] | undefined {
    for (const part of this.#tables) {
      const named = part()[what]
      if (Object.hasOwn(named, name)) return named[name] as Table[K][string]
    }
    return undefined
  }

  #compile(name: string, spec: MessageSpec): MessageType {
    const oneofs = Object.entries(spec.o ?? {}).map(([oneof, { f, req }]): OneofType => ({
      name: oneof,
      fields: f,
      required: req === 1,
    }))
    const fields = new Map<string, FieldType>()
    const needed: FieldType[] = []
    for (const [field, fieldSpec] of Object.entries(spec.f)) {
      const type = this.#field(
        field,
        fieldSpec,
        oneofs.find((oneof) => oneof.fields.includes(field)),
      )
      fields.set(field, type)
      fields.set(camelCase(field), type)
      if (type.missing !== undefined) needed.push(type)
    }
    return { name, spec, fields, needed, oneofs }
  }

  #field(field: string, spec: FieldSpec, oneof: OneofType | undefined): FieldType {
    const value = this.valueType(spec.t) ?? { kind: 'value', name: spec.t, wrapper: false, scalar: '' }
    const enumeration = value.kind === 'enum' ? this.enum(spec.t) : undefined
    const rule = valueRule(value, ownRules(spec), enumeration)
    const size = sizeRule(spec)
    const keyRules = (spec.r?.['map'] as { keys?: Record<string, unknown> } | undefined)?.keys
    const keyRule = spec.k
      ? valueRule({ kind: 'string', name: 'string', wrapper: false, scalar: 'string' }, keyRules, undefined)
      : undefined
    // The rules of a oneof's member hold only while it is the one that is set.
    const missing = oneof ? undefined : missingReason(spec, value, rule, size, enumeration?.zero)
    return { ...value, field, spec, list: spec.a === 1, mapKey: spec.k, oneof, rule, keyRule, sizeRule: size, missing }
  }
}

function enumType(name: string, values: Readonly<Record<string, number>>): EnumType {
  const byName = new Map<string, string>()
  const byNumber = new Map<number, string>()
  for (const [value, number] of Object.entries(values)) {
    byName.set(value.toUpperCase(), value)
    if (!byNumber.has(number)) byNumber.set(number, value)
  }
  return { name, values, byName, byNumber, zero: byNumber.get(0) ?? Object.keys(values)[0] ?? '' }
}

let envoy: Schema | undefined
const extended = new WeakMap<readonly MessageSchema<unknown>[], Schema>()

/** Envoy's schema alone; made on first use and kept. */
export function envoySchema(): Schema {
  envoy ??= new Schema(envoyTables)
  return envoy
}

/** Envoy's schema and the own messages of these definitions. The same list gives the same schema. */
export function schemaWith(definitions: readonly MessageSchema<unknown>[] | undefined): Schema {
  if (!definitions?.some((definition) => definition.messages)) return envoySchema()
  let schema = extended.get(definitions)
  if (!schema) {
    const own: Table = {
      messages: Object.assign({}, ...definitions.map(({ messages }) => messages ?? {})) as Table['messages'],
      enums: Object.assign({}, ...definitions.map(({ enums }) => enums ?? {})) as Table['enums'],
    }
    schema = new Schema([() => own, ...envoyTables])
    extended.set(definitions, schema)
  }
  return schema
}

import type { FieldSpec, MessageSpec } from '../table.ts'
import type { Rule } from './rules/rule.ts'

/** What a field's value is, once wrappers and well-known types are told apart. */
export type Kind =
  | 'message'
  | 'enum'
  | 'any'
  | 'duration'
  | 'timestamp'
  | 'struct'
  | 'value'
  | 'list-value'
  | 'empty'
  | 'field-mask'
  | 'bool'
  | 'string'
  | 'bytes'
  | 'int'
  | 'float'

/** One value type: of a field, of a list's items, of a map's values. */
export interface ValueType {
  readonly kind: Kind
  /** The name that the table gives: a scalar, or a full message or enum name. */
  readonly name: string
  /** A `google.protobuf.…Value`: absent is not the same as zero. */
  readonly wrapper: boolean
  /** The scalar below: `uint32` of both `uint32` and `google.protobuf.UInt32Value`. */
  readonly scalar: string
}

/** A field of a message, with what is looked up about it once. */
export interface FieldType extends ValueType {
  readonly field: string
  readonly spec: FieldSpec
  readonly list: boolean
  readonly mapKey: string | undefined
  readonly oneof: OneofType | undefined
  /** Rules of the value, or of a list's items, or of a map's values. */
  readonly rule: Rule | undefined
  /** Rules of a map's keys. */
  readonly keyRule: Rule | undefined
  /** Rules of the list or map as a whole. */
  readonly sizeRule: SizeRule | undefined
  /** Why an absent field is a problem; undefined when it may be absent. */
  readonly missing: string | undefined
}

export interface SizeRule {
  readonly min: number
  readonly max: number
  readonly unique: boolean
}

/** A oneof, with its fields. */
export interface OneofType {
  readonly name: string
  readonly fields: readonly string[]
  readonly required: boolean
}

/** A message, with what is looked up about it once. */
export interface MessageType {
  readonly name: string
  readonly spec: MessageSpec
  /** By snake_case and by camelCase name. */
  readonly fields: ReadonlyMap<string, FieldType>
  /** Fields that may not be absent. */
  readonly needed: readonly FieldType[]
  readonly oneofs: readonly OneofType[]
}

/** An enum, by its names and its numbers. */
export interface EnumType {
  readonly name: string
  readonly values: Readonly<Record<string, number>>
  /** By upper-case name. */
  readonly byName: ReadonlyMap<string, string>
  readonly byNumber: ReadonlyMap<number, string>
  readonly zero: string
}

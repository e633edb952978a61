import type { FieldType } from '../schema/field-type.ts'
import type { Schema } from '../schema/schema.ts'
import type { Node } from '../tree/node.ts'
import { looseBoolean, numberOf } from '../tree/scalar.ts'

/** Whether a value is the zero of a scalar that does not tell zero from absent. */
export function isZeroScalar(schema: Schema, field: FieldType, node: Node): boolean {
  if (node.kind !== 'scalar' || field.list || field.mapKey !== undefined) return false
  if (field.wrapper || field.oneof || field.spec.p) return false
  const { kind } = field
  if (kind === 'bool') return looseBoolean(node.text) === false
  if (kind === 'string' || kind === 'bytes') return node.text === ''
  if (kind === 'int' || kind === 'float') return numberOf(node.text, node.plain) === 0
  if (kind !== 'enum') return false
  return (
    node.text.toUpperCase() === schema.enum(field.name)?.zero.toUpperCase() || numberOf(node.text, node.plain) === 0
  )
}

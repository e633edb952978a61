import { compileCel } from '@nuncio/cel'
import {
  fault,
  type FormatValue,
  type OperatorDefinition,
  type OperatorTable,
  PrintedAs,
  type ValueOf,
  withArgs,
} from './definition.ts'

/** `%CEL(expression)%`: its value as text. `%TYPED_CEL(expression)%`: in JSON with its own type. */
export const celOperators: OperatorTable = {
  CEL: expression((compiled) => (context) => compiled.text(context)),
  TYPED_CEL: expression((compiled) => (context) => typedValue(compiled.typed(context))),
}

type Compiled = Exclude<ReturnType<typeof compileCel>, { readonly fault: string }>

function expression(valueOf: (compiled: Compiled) => ValueOf): OperatorDefinition {
  const definition = withArgs('required', true, (args) => {
    const compiled = compileCel(args)
    return 'fault' in compiled ? fault(compiled.fault) : valueOf(compiled)
  })
  return { ...definition, unicode: true }
}

function typedValue(value: { readonly text: string; readonly json: unknown } | undefined): FormatValue {
  if (value === undefined) return undefined
  return String(value.json) === value.text ? (value.json as FormatValue) : new PrintedAs(value.text, value.json)
}

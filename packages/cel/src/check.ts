import type { Expr } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js'
import { compileRegex } from '@nuncio/matching'
import { MISSING } from './attributes/roots.ts'
import { attributeOf, partsOf } from './syntax.ts'

/** The functions of CEL's standard library that Envoy has, by the names that expressions have for them. */
const FUNCTIONS = new Set([
  '_==_', '_!=_', '_<_', '_<=_', '_>_', '_>=_', '_&&_', '_||_', '!_', '-_', '_+_', '_-_', '_*_', '_/_', '_%_', '_?_:_', '_[_]',
  '@in', '_in_', 'in', '@not_strictly_false', '__not_strictly_false__', 'size', 'contains', 'startsWith', 'endsWith', 'matches',
  'int', 'uint', 'double', 'bytes', 'bool', 'type', 'dyn', 'duration', 'timestamp', 'getFullYear', 'getMonth', 'getDate',
  'getDayOfMonth', 'getDayOfWeek', 'getDayOfYear', 'getHours', 'getMinutes', 'getSeconds', 'getMilliseconds',
]) // prettier-ignore

const MAX_DEPTH = 64

/** Why an expression cannot be used, as far as it can be known before it is asked; '' when it can. */
export function faultOf(expression: Expr | undefined, depth = 0): string {
  if (depth > MAX_DEPTH) return 'it is nested too deeply'
  const own = expression === undefined ? 'a part of it is empty' : ownFault(expression)
  if (own !== '') return own
  for (const part of partsOf(expression!)) {
    const fault = faultOf(part, depth + 1)
    if (fault !== '') return fault
  }
  return ''
}

function ownFault(expression: Expr): string {
  const { case: kind, value } = expression.exprKind
  if (kind === undefined) return 'a part of it is empty'
  if (kind === 'comprehensionExpr') return 'all, exists, exists_one, map and filter are switched off, as in Envoy'
  if (kind === 'structExpr' && value.messageName !== '') return `there is no message ${value.messageName}`
  if (kind === 'identExpr' && value.name === '') return 'an identifier has no name'
  if (kind === 'identExpr' && MISSING.has(value.name)) return `nuncio does not have the attribute ${value.name}`
  const attribute = attributeOf(expression)?.join('.')
  if (attribute !== undefined && MISSING.has(attribute)) return `nuncio does not have the attribute ${attribute}`
  if (kind !== 'callExpr') return ''
  if (!FUNCTIONS.has(value.function)) return `there is no function ${JSON.stringify(value.function)}`
  return value.function === 'matches' ? patternFault(value.args.at(-1)) : ''
}

function patternFault(pattern: Expr | undefined): string {
  const constant = pattern?.exprKind.case === 'constExpr' ? pattern.exprKind.value.constantKind : undefined
  if (constant?.case !== 'stringValue') return ''
  const regex = compileRegex(constant.value)
  return typeof regex === 'string' ? `the pattern ${JSON.stringify(constant.value)}: ${regex}` : ''
}

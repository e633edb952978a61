import type { Message } from '@nuncio/config'
import type { ConfigPlace } from '@nuncio/matching'

type Expr = Message<'google.api.expr.v1alpha1.Expr'>

/** The functions of CEL's standard library, by the names that expressions have for them. */
const FUNCTIONS = new Set([
  '_==_', '_!=_', '_<_', '_<=_', '_>_', '_>=_', '_&&_', '_||_', '!_', '-_', '_+_', '_-_', '_*_', '_/_', '_%_', '_?_:_', '_[_]',
  '@in', '_in_', 'in', '@not_strictly_false', '__not_strictly_false__', 'size', 'contains', 'startsWith', 'endsWith', 'matches',
  'int', 'uint', 'double', 'string', 'bytes', 'bool', 'type', 'dyn', 'duration', 'timestamp', 'getFullYear', 'getMonth', 'getDate',
  'getDayOfMonth', 'getDayOfWeek', 'getDayOfYear', 'getHours', 'getMinutes', 'getSeconds', 'getMilliseconds',
]) // prettier-ignore

/**
 * Whether an expression can be planned. One that cannot fails for every request, and a policy that denies by it would
 * deny nobody: it is reported, and the configuration is not used.
 */
export function checkExpression(expression: Expr, place: ConfigPlace): boolean {
  const problem = problemOf(expression, 0)
  if (problem !== '') place.error('rule', `the condition is refused: ${problem}`)
  return problem === ''
}

const MAX_DEPTH = 64

function problemOf(expression: Expr, depth: number): string {
  if (depth > MAX_DEPTH) return 'it is nested too deeply'
  const { const_expr: constant, ident_expr: ident, call_expr: call } = expression
  if (call !== undefined && !FUNCTIONS.has(call.function ?? ''))
    return `there is no function ${JSON.stringify(call.function ?? '')}`
  const parts = partsOf(expression)
  if (parts === undefined) return constant === undefined && ident === undefined ? 'a part of it is empty' : ''
  for (const part of parts) {
    const problem = problemOf(part, depth + 1)
    if (problem !== '') return problem
  }
  return ''
}

/** The expressions that one is made of; undefined: of none. */
function partsOf(expression: Expr): readonly Expr[] | undefined {
  const {
    select_expr: select,
    call_expr: call,
    list_expr: list,
    struct_expr: struct,
    comprehension_expr: loop,
  } = expression
  if (select !== undefined) return [select.operand ?? {}]
  if (call !== undefined) return [...(call.target === undefined ? [] : [call.target]), ...(call.args ?? [])]
  if (list !== undefined) return list.elements ?? []
  if (struct !== undefined)
    return (struct.entries ?? []).flatMap(({ map_key: key, value = {} }) => [
      ...(key === undefined ? [] : [key]),
      value,
    ])
  if (loop === undefined) return undefined
  return [
    loop.iter_range ?? {},
    loop.accu_init ?? {},
    loop.loop_condition ?? {},
    loop.loop_step ?? {},
    loop.result ?? {},
  ]
}

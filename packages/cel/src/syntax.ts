import type { Expr } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js'

/** The expressions that one is made of. */
export function partsOf({ exprKind: { case: kind, value } }: Expr): readonly (Expr | undefined)[] {
  switch (kind) {
    case 'selectExpr':
      return [value.operand]
    case 'callExpr':
      return value.target === undefined ? value.args : [value.target, ...value.args]
    case 'listExpr':
      return value.elements
    case 'structExpr':
      return value.entries.flatMap(({ keyKind, value: entry }) =>
        keyKind.case === 'mapKey' ? [keyKind.value, entry] : [entry],
      )
    case 'comprehensionExpr':
    case 'constExpr':
    case 'identExpr':
    case undefined:
      return []
  }
}

/** `request.path` or `request["path"]` as its two names; undefined for anything else. */
export function attributeOf({ exprKind: { case: kind, value } }: Expr): readonly [string, string] | undefined {
  if (kind === 'selectExpr') return pair(value.operand, value.field)
  if (kind !== 'callExpr' || value.function !== '_[_]') return undefined
  const key = value.args[1]?.exprKind
  if (key?.case !== 'constExpr' || key.value.constantKind.case !== 'stringValue') return undefined
  return pair(value.args[0], key.value.constantKind.value)
}

function pair(root: Expr | undefined, field: string): readonly [string, string] | undefined {
  return root?.exprKind.case === 'identExpr' ? [root.exprKind.value.name, field] : undefined
}

/** Writes the names of headers that an expression asks for in lower case, which is how `headers` has them. */
export function lowerHeaderNames(expression: Expr): void {
  const { case: kind, value } = expression.exprKind
  if (kind === 'selectExpr' && isHeaders(value.operand)) value.field = value.field.toLowerCase()
  if (kind === 'callExpr' && value.function === '_[_]' && isHeaders(value.args[0])) {
    const key = value.args[1]?.exprKind
    const constant = key?.case === 'constExpr' ? key.value.constantKind : undefined
    if (constant?.case === 'stringValue') constant.value = constant.value.toLowerCase()
  }
  for (const part of partsOf(expression)) if (part !== undefined) lowerHeaderNames(part)
}

function isHeaders(expression: Expr | undefined): boolean {
  const [root, field] = (expression && attributeOf(expression)) ?? []
  return (
    (root === 'request' && field === 'headers') ||
    (root === 'response' && (field === 'headers' || field === 'trailers'))
  )
}

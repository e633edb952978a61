/** One `%NAME(arguments):length%` in a format. */
export interface OperatorCall {
  readonly name: string
  /** What stands between the parentheses; undefined without parentheses. */
  readonly args: string | undefined
  /** Characters to keep; undefined = all. */
  readonly maxLength: number | undefined
  /** Where the `%` stands in the text. */
  readonly offset: number
}

export type ParsedFormat =
  | { readonly ok: true; readonly pieces: readonly (string | OperatorCall)[] }
  | { readonly ok: false; readonly message: string; readonly offset: number }

/**
 * Cuts a format into literal text and operators. `%%` is a percent sign; every other `%` must begin an operator.
 * Arguments may hold `)` and `%`: they reach to the first `)` that `%` or `:digits%` follows.
 */
export function parseFormat(text: string): ParsedFormat {
  const pieces: (string | OperatorCall)[] = []
  let literal = ''
  let at = 0
  while (at < text.length) {
    const percent = text.indexOf('%', at)
    if (percent < 0) break
    literal += text.slice(at, percent)
    if (text[percent + 1] === '%') {
      literal += '%'
      at = percent + 2
      continue
    }
    const found = operatorAt(text, percent)
    if (found === undefined) return { ok: false, message: whyNone(text, percent), offset: percent }
    if (literal !== '') pieces.push(literal)
    literal = ''
    pieces.push(found.call)
    at = found.end
  }
  literal += text.slice(at)
  if (literal !== '') pieces.push(literal)
  return { ok: true, pieces }
}

const NAME = /%([A-Z0-9_]+)/y
const TAIL = /(?::(\d+))?%/y

/** What keeps a percent sign from beginning an operator. */
function whyNone(text: string, percent: number): string {
  NAME.lastIndex = percent
  const name = NAME.exec(text)?.[1]
  if (name === undefined) return 'a percent sign begins an operator, as %PROTOCOL%, and no name follows'
  const open = text[percent + 1 + name.length] === '('
  if (open && !text.includes(')', percent)) return `the parenthesis of %${name}( is not closed`
  return `the operator %${name} does not end with a percent sign`
}

function operatorAt(text: string, percent: number): { call: OperatorCall; end: number } | undefined {
  NAME.lastIndex = percent
  const name = NAME.exec(text)?.[1]
  if (name === undefined) return undefined
  const after = percent + 1 + name.length
  const open = text[after] === '('
  for (let close = open ? text.indexOf(')', after) : after; close >= 0; close = text.indexOf(')', close + 1)) {
    TAIL.lastIndex = open ? close + 1 : after
    const tail = TAIL.exec(text)
    if (tail !== null) {
      const args = open ? text.slice(after + 1, close) : undefined
      if (args?.includes('\n')) return undefined
      const maxLength = tail[1] === undefined ? undefined : Math.min(Number(tail[1]), 2 ** 31 - 1)
      return { call: { name, args, maxLength, offset: percent }, end: TAIL.lastIndex }
    }
    if (!open) return undefined
  }
  return undefined
}

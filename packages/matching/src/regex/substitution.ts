import { wireText } from '../text/text.ts'

/** The replacement of `regex_rewrite`: `\0` to `\9` are groups, `\\` is a backslash. */
export class Substitution {
  readonly text: string
  /** Literal text and group numbers in turn. */
  readonly parts: readonly (string | number)[]
  /** The largest group that is asked for. */
  readonly maxGroup: number
  /** False when a backslash stands before anything else; what follows it is left out, as RE2 does. */
  readonly legal: boolean

  constructor(text: string, parts: readonly (string | number)[], legal: boolean) {
    this.text = text
    this.parts = parts
    this.maxGroup = parts.reduce<number>((max, part) => (typeof part === 'number' && part > max ? part : max), 0)
    this.legal = legal
  }
}

/** Reads a substitution. */
export function parseSubstitution(text: string): Substitution {
  const parts: (string | number)[] = []
  const wire = wireText(text)
  let literal = ''
  let legal = true
  for (let at = 0; at < wire.length && legal; at++) {
    const char = wire[at]!
    const next = char === '\\' ? wire[++at] : undefined
    if (char !== '\\') literal += char
    else if (next === '\\') literal += '\\'
    else if (next !== undefined && next >= '0' && next <= '9') {
      if (literal !== '') parts.push(literal)
      literal = ''
      parts.push(Number(next))
    } else {
      legal = false
    }
  }
  if (literal !== '') parts.push(literal)
  return new Substitution(text, parts, legal)
}

/** The replacement of `regex_rewrite`: `\0` to `\9` are groups, `\\` is a backslash. */
export class Substitution {
  readonly text: string
  /** Literal text and group numbers in turn. */
  readonly parts: readonly (string | number)[]
  /** The largest group that is asked for. */
  readonly maxGroup: number

  constructor(text: string, parts: readonly (string | number)[]) {
    this.text = text
    this.parts = parts
    this.maxGroup = parts.reduce<number>((max, part) => (typeof part === 'number' && part > max ? part : max), 0)
  }
}

/** Reads a substitution; undefined when a backslash stands before anything but a digit or a backslash. */
export function parseSubstitution(text: string): Substitution | undefined {
  const parts: (string | number)[] = []
  let literal = ''
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!
    if (char !== '\\') {
      literal += char
      continue
    }
    const next = text[++i]
    if (next === '\\') {
      literal += '\\'
    } else if (next !== undefined && next >= '0' && next <= '9') {
      if (literal !== '') parts.push(literal)
      literal = ''
      parts.push(Number(next))
    } else {
      return undefined
    }
  }
  if (literal !== '') parts.push(literal)
  return new Substitution(text, parts)
}

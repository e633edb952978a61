/** What a regex for a whole text says without being one. */
export interface PlainPattern {
  readonly kind: 'exact' | 'prefix' | 'suffix' | 'contains' | 'separated-prefix' | 'any'
  readonly text: string
}

const SEPARATED_TAIL = /\((?:\?:)?\/\.\*\)\?$/
const META = /[.*+?()[\]{}|^$]/

/** The plain test that a pattern stands for, when it is one: `/a\.b.*` is the prefix `/a.b`. Undefined for real patterns. */
export function simplifyRegex(pattern: string): PlainPattern | undefined {
  // The whole text has to match anyway.
  let body = pattern.replace(/^(?:\^|\\A)/, '')
  if (/(?:^|[^\\])(?:\\\\)*\$$/.test(body)) body = body.slice(0, -1)
  if (SEPARATED_TAIL.test(body)) {
    const text = literal(body.replace(SEPARATED_TAIL, ''))
    return text === undefined || text === '' || text.endsWith('/') ? undefined : { kind: 'separated-prefix', text }
  }
  const open = body.startsWith('.*')
  const rest = open ? body.slice(2) : body
  const ends = rest.endsWith('.*') && !rest.endsWith('\\.*')
  const text = literal(ends ? rest.slice(0, -2) : rest)
  if (text === undefined) return undefined
  if (text === '') return open || ends ? { kind: 'any', text } : { kind: 'exact', text }
  return { kind: open ? (ends ? 'contains' : 'suffix') : ends ? 'prefix' : 'exact', text }
}

/** The text of a pattern that is nothing but characters, some of them escaped. */
function literal(pattern: string): string | undefined {
  let text = ''
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!
    if (char === '\\') {
      const next = pattern[++i]
      if (next === undefined || /[0-9A-Za-z]/.test(next)) return undefined
      text += next
    } else if (META.test(char)) return undefined
    else text += char
  }
  return text
}

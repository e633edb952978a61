import { type Regex, compileRegex } from '../regex/regex.ts'
import { parseSubstitution, type Substitution } from '../regex/substitution.ts'
import { type ParsedTemplate, parseTemplate, type TemplatePart } from './parse.ts'

/** What `*` stands for, one or more times; `**` also takes slashes. */
const CHARS = "a-zA-Z0-9\\-._~%!$&'()+,;:@=*"

/** A compiled URI template such as `/videos/{name}/*.m4s`. */
export class UriTemplate {
  readonly pattern: string
  readonly names: readonly string[]
  /** Text that every matching path begins with. */
  readonly prefix: string
  readonly #regex: Regex
  /** As `#regex`, for finding the one match that is the whole path. */
  readonly #whole: Regex

  constructor(pattern: string, parsed: ParsedTemplate, regex: Regex, whole: Regex) {
    this.#whole = whole
    this.pattern = pattern
    this.names = parsed.names
    this.prefix = literalPrefix(parsed)
    this.#regex = regex
  }

  /** Whether a whole path (no query) fits. */
  matches(path: string): boolean {
    return this.#regex.matches(path)
  }
  /** The path in a rewrite's form; the path itself when it does not fit. */
  rewrite(path: string, rewrite: UriTemplateRewrite): string {
    return this.#whole.matches(path) ? this.#whole.replaceAll(path, rewrite.substitution) : path
  }
  describe(): string {
    return `template ${JSON.stringify(this.pattern)}`
  }
}

/** Compiles a template's pattern; a text says why it is refused. */
export function compileUriTemplate(pattern: string): UriTemplate | string {
  const parsed = parseTemplate(pattern)
  if (typeof parsed === 'string') return parsed
  const source = `/${parsed.segments.map((parts) => parts.map(sourceOf).join('')).join('/')}`
  const regex = compileRegex(source, Infinity)
  const whole = compileRegex(`^${source}$`, Infinity)
  if (typeof regex === 'string') return regex
  return typeof whole === 'string' ? whole : new UriTemplate(pattern, parsed, regex, whole)
}

function sourceOf(part: TemplatePart): string {
  if ('text' in part) return escaped(part.text)
  if ('glob' in part) return part.glob === 'segment' ? `[${CHARS}]+` : `[${CHARS}/]*`
  return `(${part.parts.map(sourceOf).join('/')})`
}

function escaped(literal: string): string {
  return literal.replace(/[$()+.]/g, '\\$&')
}

function literalPrefix(parsed: ParsedTemplate): string {
  let prefix = ''
  for (const parts of parsed.segments) {
    prefix += '/'
    for (const part of parts) {
      if (!('text' in part)) return prefix
      const star = part.text.indexOf('*')
      // The character before a `*` may be missing.
      if (star >= 0) return prefix + part.text.slice(0, Math.max(0, star - 1))
      prefix += part.text
    }
  }
  return prefix
}

/** The target of a rewrite, such as `/{two}/{one}`, for one template. */
export interface UriTemplateRewrite {
  readonly text: string
  readonly substitution: Substitution
}

const REWRITE_LITERAL = /^[a-zA-Z0-9\-._~%!$&'()+,;:@=*/]+$/

/** Compiles a rewrite that uses names captured by a template; a text says why it is refused. */
export function compileUriTemplateRewrite(text: string, template: UriTemplate): UriTemplateRewrite | string {
  if (!text.startsWith('/')) return 'it must begin with a slash'
  if (text.includes('//')) return 'it has two slashes in a row'
  let out = ''
  for (const piece of text.split(/(\{[^}]*\})/)) {
    if (piece.startsWith('{') && piece.endsWith('}')) {
      const index = template.names.indexOf(piece.slice(1, -1))
      if (index < 0) return `the template does not capture ${piece}`
      out += `\\${index + 1}`
    } else if (piece !== '' && !REWRITE_LITERAL.test(piece)) {
      return `${JSON.stringify(piece)} is no legal literal`
    } else {
      out += piece
    }
  }
  return { text, substitution: parseSubstitution(out) }
}

import type { Message } from '@nuncio/config'
import type { ConfigPlace } from '../place/config-place.ts'
import { compileRegex, MAX_PROGRAM_SIZE, type Regex } from './regex.ts'
import { parseSubstitution, type Substitution } from './substitution.ts'

/** A regex of the configuration; undefined (and a problem) when it is no legal RE2 or too large. */
export function compileRegexMatcher(
  config: Message<'envoy.type.matcher.v3.RegexMatcher'>,
  place: ConfigPlace,
): Regex | undefined {
  const { runtime, regexes } = place.scope
  const pattern = config.regex ?? ''
  const limit =
    config.google_re2?.max_program_size ?? runtime.number('re2.max_program_size.error_level', MAX_PROGRAM_SIZE)
  const key = `${limit} ${pattern}`
  let regex = regexes.get(key)
  if (regex === undefined) regexes.set(key, (regex = compileRegex(pattern, limit)))
  if (typeof regex !== 'string') return regex
  place.at('regex').error('invalid-regex', `the regex ${JSON.stringify(pattern)} is refused: ${regex}`, HINT)
  return undefined
}

const BAD_ESCAPE = 'a backslash stands before neither a digit nor a backslash: the rest of the substitution is left out'
const HINT = 'patterns are RE2: no look-around, no back-references'

/** A pattern with its replacement. */
export interface RegexRewrite {
  /** The text with all matches replaced. */
  apply(text: string): string
  describe(): string
}

/** Compiles a pattern and its substitution; undefined (and a problem) when the pattern is refused. */
export function compileRegexRewrite(
  config: Message<'envoy.type.matcher.v3.RegexMatchAndSubstitute'>,
  place: ConfigPlace,
): RegexRewrite | undefined {
  const regex = compileRegexMatcher(config.pattern ?? {}, place.at('pattern', config.pattern))
  const substitution = parseSubstitution(config.substitution ?? '')
  if (!substitution.legal) place.at('substitution').warn('invalid-substitution', BAD_ESCAPE)
  return regex === undefined ? undefined : new CompiledRewrite(regex, substitution)
}

class CompiledRewrite implements RegexRewrite {
  readonly #regex: Regex
  readonly #substitution: Substitution

  constructor(regex: Regex, substitution: Substitution) {
    this.#regex = regex
    this.#substitution = substitution
  }

  apply(text: string): string {
    return this.#regex.replaceAll(text, this.#substitution)
  }
  describe(): string {
    return `${this.#regex.describe()} → ${JSON.stringify(this.#substitution.text)}`
  }
}

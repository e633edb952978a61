import type { Message } from '@nuncio/config'
import type { ConfigPlace } from '../place/config-place.ts'
import { compileRegexMatcher } from '../regex/compile.ts'
import type { Regex } from '../regex/regex.ts'
import { hasLowerAt, lowerAscii, quoted, wireText } from '../text/text.ts'

const EXACT = 0
const PREFIX = 1
const SUFFIX = 2
const CONTAINS = 3
const REGEX = 4
const NEVER = 5

type Kind = typeof EXACT | typeof PREFIX | typeof SUFFIX | typeof CONTAINS | typeof REGEX | typeof NEVER
const WORDS = ['exact', 'prefix', 'suffix', 'contains', 'regex', 'never'] as const

/** A test of texts (Latin-1 views of bytes). Made by `compileStringMatcher` and the functions beside it. */
export class StringMatcher {
  readonly kind: Kind
  /** What is compared; lower-case when case is ignored; the pattern of a regex. */
  readonly text: string
  readonly ignoreCase: boolean
  readonly #regex: Regex | undefined

  constructor(kind: Kind, text: string, ignoreCase: boolean, regex?: Regex) {
    this.kind = kind
    this.text = ignoreCase ? lowerAscii(text) : text
    this.ignoreCase = ignoreCase
    this.#regex = regex
  }

  matches(value: string): boolean {
    const text = this.text
    switch (this.kind) {
      case EXACT:
        return this.ignoreCase ? value.length === text.length && hasLowerAt(value, text, 0) : value === text
      case PREFIX:
        return this.ignoreCase ? hasLowerAt(value, text, 0) : value.startsWith(text)
      case SUFFIX:
        return this.ignoreCase ? hasLowerAt(value, text, value.length - text.length) : value.endsWith(text)
      case CONTAINS:
        return this.ignoreCase ? lowerAscii(value).includes(text) : value.includes(text)
      case REGEX:
        return this.#regex!.matches(value)
      case NEVER:
        return false
    }
  }

  /** `exact "1"`, `prefix "/a" ignoring case`, … */
  describe(): string {
    if (this.kind === NEVER) return 'nothing (its configuration is refused)'
    return `${WORDS[this.kind]} ${quoted(this.text)}${this.ignoreCase ? ' ignoring case' : ''}`
  }
}

/** Matches one text only. */
export function exactly(text: string): StringMatcher {
  return new StringMatcher(EXACT, wireText(text), false)
}
/** Matches texts with a beginning. */
export function beginningWith(text: string): StringMatcher {
  return new StringMatcher(PREFIX, wireText(text), false)
}
/** Matches texts with an end. */
export function endingWith(text: string): StringMatcher {
  return new StringMatcher(SUFFIX, wireText(text), false)
}
/** Matches texts that hold another. */
export function containing(text: string): StringMatcher {
  return new StringMatcher(CONTAINS, wireText(text), false)
}
/** Matches texts that a regex matches whole. */
export function matchingRegex(regex: Regex): StringMatcher {
  return new StringMatcher(REGEX, regex.pattern, false, regex)
}
/** Stands in for a matcher whose configuration is refused. */
export const NEVER_MATCHES = new StringMatcher(NEVER, '', false)

type StringMatcherConfig =
  | Message<'envoy.type.matcher.v3.StringMatcher'>
  | Message<'xds.type.matcher.v3.StringMatcher'>
  | Message<'envoy.type.matcher.StringMatcher'>

/** Compiles a StringMatcher; with no pattern, or a refused one, the result never matches (and a problem is reported). */
export function compileStringMatcher(config: StringMatcherConfig, place: ConfigPlace): StringMatcher {
  const fold = config.ignore_case === true
  if (config.exact !== undefined) return new StringMatcher(EXACT, wireText(config.exact), fold)
  if (config.prefix !== undefined) return new StringMatcher(PREFIX, wireText(config.prefix), fold)
  if (config.suffix !== undefined) return new StringMatcher(SUFFIX, wireText(config.suffix), fold)
  if ('contains' in config && config.contains !== undefined)
    return new StringMatcher(CONTAINS, wireText(config.contains), fold)
  if (config.safe_regex !== undefined) return regexMatcher(config.safe_regex, fold, place)
  if ('custom' in config && config.custom !== undefined) {
    const type = config.custom.typed_config?.['@type'] ?? ''
    place
      .at('custom', config.custom)
      .error('unsupported', `the string matcher extension ${quoted(type)} is not supported`)
    return NEVER_MATCHES
  }
  place.error('missing-field', 'a string matcher needs one of exact, prefix, suffix, contains, safe_regex')
  return NEVER_MATCHES
}

function regexMatcher(
  config: Message<'envoy.type.matcher.v3.RegexMatcher'>,
  fold: boolean,
  place: ConfigPlace,
): StringMatcher {
  if (fold)
    place
      .at('ignore_case')
      .error('rule', 'ignore_case cannot go with safe_regex', 'write (?i) at the beginning of the regex')
  const regex = compileRegexMatcher(config, place.at('safe_regex', config))
  return regex === undefined ? NEVER_MATCHES : matchingRegex(regex)
}

/** Whether any of a list matches. */
export function matchesAny(matchers: readonly StringMatcher[], value: string): boolean {
  for (const matcher of matchers) if (matcher.matches(value)) return true
  return false
}

/** Compiles a list of StringMatchers. */
export function compileStringMatchers(
  configs: readonly Message<'envoy.type.matcher.v3.StringMatcher'>[] | undefined,
  place: ConfigPlace,
  field: string,
): StringMatcher[] {
  return (configs ?? []).map((config, i) => compileStringMatcher(config, place.item(field, i, config)))
}

import type { Message } from '@nuncio/config'
import type { ConfigPlace } from '../place/config-place.ts'
import { compileRegexMatcher } from '../regex/compile.ts'
import {
  beginningWith,
  compileStringMatcher,
  containing,
  endingWith,
  exactly,
  matchingRegex,
  NEVER_MATCHES,
  type StringMatcher,
} from '../string/string-matcher.ts'
import { got } from '../text/text.ts'
import { parseInteger } from './integer.ts'

/** The part of a header map that matchers read. */
export interface HeaderValues {
  getJoined(name: string): string | undefined
  /** Needed to look at the values of repeated headers one by one. */
  getAll?(name: string): readonly string[]
}

/** Envoy's guard for looking at the values of a repeated header one by one, as it does from 1.39 on, instead of joined with `,`. */
const INDIVIDUALLY = 'envoy.reloadable_features.match_headers_individually'

/** A test of one header of a request or response; of several values one has to match. */
export class HeaderMatcher {
  /** Lower-case. */
  readonly name: string
  readonly invert: boolean
  readonly missingAsEmpty: boolean
  /** true and false: the header must be present, absent; undefined: its value is tested. */
  readonly present: boolean | undefined
  readonly value: StringMatcher | undefined
  /** From, up to but not including. */
  readonly range: { readonly start: number; readonly end: number } | undefined
  /** Whether one value of a repeated header is enough; else they are joined. */
  readonly individually: boolean

  constructor(config: Message<'envoy.config.route.v3.HeaderMatcher'>, place: ConfigPlace) {
    this.individually = place.scope.runtime.boolean(INDIVIDUALLY, true)
    const name = (config.name ?? '').toLowerCase()
    this.name = name === 'host' ? ':authority' : name
    this.invert = config.invert_match === true
    this.missingAsEmpty = config.treat_missing_header_as_empty === true
    this.range =
      config.range_match === undefined
        ? undefined
        : { start: config.range_match.start ?? 0, end: config.range_match.end ?? 0 }
    this.value = this.range === undefined ? valueMatcher(config, place) : undefined
    this.present = this.range === undefined && this.value === undefined ? config.present_match !== false : undefined
  }

  matches(headers: HeaderValues): boolean {
    const value = headers.getJoined(this.name)
    if (this.present !== undefined)
      return (value !== undefined || this.missingAsEmpty) === (this.present !== this.invert)
    if (value !== undefined) return this.#testAll(value, headers) !== this.invert
    return this.missingAsEmpty && this.#test('') !== this.invert
  }

  #testAll(joined: string, headers: HeaderValues): boolean {
    // Without a comma there is one value only.
    if (!this.individually || headers.getAll === undefined || !joined.includes(',')) return this.#test(joined)
    for (const value of headers.getAll(this.name)) if (this.#test(value)) return true
    return false
  }

  #test(value: string): boolean {
    if (this.value !== undefined) return this.value.matches(value)
    const number = parseInteger(value)
    return number !== undefined && number >= this.range!.start && number < this.range!.end
  }

  /** `header x-a exact "1"` */
  describe(): string {
    const missing = this.missingAsEmpty ? ', counting as empty when absent' : ''
    if (this.present !== undefined) return `header ${this.name} ${this.present !== this.invert ? 'present' : 'absent'}`
    const what = this.value?.describe() ?? `in [${this.range!.start}, ${this.range!.end})`
    return `header ${this.name} ${this.invert ? 'not ' : ''}${what}${missing}`
  }

  /** What the headers have instead: `got absent`, `got "2"`. */
  explain(headers: HeaderValues): string {
    return got(headers.getJoined(this.name))
  }
}

/** Compiles the spellings of a value test, today's and the deprecated ones. Undefined: presence is tested. */
function valueMatcher(
  config: Message<'envoy.config.route.v3.HeaderMatcher'>,
  place: ConfigPlace,
): StringMatcher | undefined {
  if (config.string_match !== undefined)
    return compileStringMatcher(config.string_match, place.at('string_match', config.string_match))
  // Deprecated, and an empty text means presence.
  if (config.exact_match !== undefined)
    return config.exact_match === '' ? beginningWith('') : exactly(config.exact_match)
  if (config.prefix_match !== undefined) return beginningWith(config.prefix_match)
  if (config.suffix_match !== undefined) return endingWith(config.suffix_match)
  if (config.contains_match !== undefined) return containing(config.contains_match)
  if (config.safe_regex_match === undefined) return undefined
  const regex = compileRegexMatcher(config.safe_regex_match, place.at('safe_regex_match', config.safe_regex_match))
  return regex === undefined ? NEVER_MATCHES : matchingRegex(regex)
}

/** Compiles a header matcher. The runtime at `place` says whether the values of a repeated header are looked at one by one. */
export function compileHeaderMatcher(
  config: Message<'envoy.config.route.v3.HeaderMatcher'>,
  place: ConfigPlace,
): HeaderMatcher {
  return new HeaderMatcher(config, place)
}

/** Compiles a list of header matchers that stands in a field of the message at `place`. */
export function compileHeaderMatchers(
  configs: readonly Message<'envoy.config.route.v3.HeaderMatcher'>[] | undefined,
  place: ConfigPlace,
  field = 'headers',
): readonly HeaderMatcher[] {
  return configs === undefined
    ? NO_MATCHERS
    : configs.map((config, i) => new HeaderMatcher(config, place.item(field, i, config)))
}

const NO_MATCHERS: readonly HeaderMatcher[] = []

/** Whether all of a list match; an empty list does. */
export function matchesHeaders(matchers: readonly HeaderMatcher[], headers: HeaderValues): boolean {
  for (let i = 0; i < matchers.length; i++) if (!matchers[i]!.matches(headers)) return false
  return true
}

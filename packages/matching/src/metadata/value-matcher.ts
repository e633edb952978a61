import type { JsonValue, Message } from '@nuncio/config'
import type { ConfigPlace } from '../place/config-place.ts'
import { compileStringMatcher, type StringMatcher } from '../string/string-matcher.ts'
import { wireText } from '../text/text.ts'

type ValueMatcherConfig = Message<'envoy.type.matcher.v3.ValueMatcher'>

/** A test of a JSON value, such as one in dynamic metadata; undefined stands for an absent one. */
export interface ValueMatcher {
  matches(value: JsonValue | undefined): boolean
  describe(): string
}

/** Compiles a ValueMatcher, with lists and alternatives below it. */
export function compileValueMatcher(config: ValueMatcherConfig, place: ConfigPlace): ValueMatcher {
  if (config.null_match !== undefined) return new Simple('null', (value) => value === null)
  if (config.double_match !== undefined) return doubleMatcher(config.double_match)
  if (config.string_match !== undefined)
    return textMatcher(compileStringMatcher(config.string_match, place.at('string_match', config.string_match)))
  if (config.bool_match !== undefined)
    return new Simple(String(config.bool_match), (value) => value === config.bool_match)
  // `present_match: false` never matches: absence is asked for by inverting the matcher around it.
  if (config.present_match !== undefined)
    return new Simple('present', (value) => value !== undefined && config.present_match === true)
  if (config.list_match !== undefined) return listMatcher(config.list_match, place.at('list_match', config.list_match))
  if (config.or_match !== undefined) return anyMatcher(config.or_match, place.at('or_match', config.or_match))
  place.error('missing-field', 'a value matcher needs one of its kinds')
  return new Simple('nothing', () => false)
}

class Simple implements ValueMatcher {
  readonly #words: string
  readonly matches: (value: JsonValue | undefined) => boolean
  constructor(words: string, matches: (value: JsonValue | undefined) => boolean) {
    this.#words = words
    this.matches = matches
  }
  describe(): string {
    return this.#words
  }
}

function doubleMatcher(config: Message<'envoy.type.matcher.v3.DoubleMatcher'>): ValueMatcher {
  if (config.range === undefined)
    return new Simple(`number ${config.exact ?? 0}`, (value) => value === (config.exact ?? 0))
  const { start = 0, end = 0 } = config.range
  return new Simple(
    `number in [${start}, ${end})`,
    (value) => typeof value === 'number' && value >= start && value < end,
  )
}

function textMatcher(matcher: StringMatcher): ValueMatcher {
  return new Simple(matcher.describe(), (value) => typeof value === 'string' && matcher.matches(wireText(value)))
}

function listMatcher(config: Message<'envoy.type.matcher.v3.ListMatcher'>, place: ConfigPlace): ValueMatcher {
  const one = compileValueMatcher(config.one_of ?? {}, place.at('one_of', config.one_of))
  return new Simple(
    `list with ${one.describe()}`,
    (value) => Array.isArray(value) && value.some((item: JsonValue) => one.matches(item)),
  )
}

function anyMatcher(config: Message<'envoy.type.matcher.v3.OrMatcher'>, place: ConfigPlace): ValueMatcher {
  const all = (config.value_matchers ?? []).map((one, i) =>
    compileValueMatcher(one, place.item('value_matchers', i, one)),
  )
  return new Simple(all.map((one) => one.describe()).join(' or '), (value) => all.some((one) => one.matches(value)))
}

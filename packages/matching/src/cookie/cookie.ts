import type { Message } from '@nuncio/config'
import type { HeaderMap } from '@nuncio/core'
import type { ConfigPlace } from '../place/config-place.ts'
import { compileStringMatcher, type StringMatcher } from '../string/string-matcher.ts'
import { got, wireText } from '../text/text.ts'

/** The first value of a cookie in a request's `cookie` headers, quotes around it removed; undefined when absent. */
export function cookieValue(headers: Pick<HeaderMap, 'getAll'>, name: string): string | undefined {
  for (const line of headers.getAll('cookie')) {
    for (const part of line.split(';')) {
      const equals = part.indexOf('=')
      if (equals < 0 || part.slice(0, equals).trim() !== name) continue
      const value = part.slice(equals + 1).trim()
      return value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
    }
  }
  return undefined
}

/** A test of one cookie. An absent cookie does not match, and so does when inverted: the opposite of headers. */
export class CookieMatcher {
  readonly name: string
  readonly #wireName: string
  readonly #value: StringMatcher | undefined
  readonly #invert: boolean

  constructor(config: Message<'envoy.config.route.v3.CookieMatcher'>, place: ConfigPlace) {
    this.name = config.name ?? ''
    this.#wireName = wireText(this.name)
    this.#value =
      config.string_match === undefined
        ? undefined
        : compileStringMatcher(config.string_match, place.at('string_match', config.string_match))
    this.#invert = config.invert_match === true
  }

  matches(headers: Pick<HeaderMap, 'getAll'>): boolean {
    const value = cookieValue(headers, this.#wireName)
    return (value !== undefined && (this.#value === undefined || this.#value.matches(value))) !== this.#invert
  }

  describe(): string {
    return `cookie ${this.name} ${this.#invert ? 'not ' : ''}${this.#value?.describe() ?? 'present'}`
  }
  explain(headers: Pick<HeaderMap, 'getAll'>): string {
    return got(cookieValue(headers, this.#wireName))
  }
}

/** Compiles a list of cookie matchers that stands in a field of the message at `place`. */
export function compileCookieMatchers(
  configs: readonly Message<'envoy.config.route.v3.CookieMatcher'>[] | undefined,
  place: ConfigPlace,
  field = 'cookies',
): CookieMatcher[] {
  return (configs ?? []).map((config, i) => new CookieMatcher(config, place.item(field, i, config)))
}

import type { Message } from '@nuncio/config'
import type { FilterStateValue, StreamInfo } from '@nuncio/core'
import { CidrSet } from '../cidr/cidr-set.ts'
import { compileCidrRanges } from '../cidr/compile.ts'
import type { ConfigPlace } from '../place/config-place.ts'
import { compileStringMatcher, NEVER_MATCHES, type StringMatcher } from '../string/string-matcher.ts'
import { got, wireText } from '../text/text.ts'

type FilterStateConfig = Message<'envoy.type.matcher.v3.FilterStateMatcher'>

/** The value of a filter state object: of the stream, else of its connection. */
export function filterStateValue(info: StreamInfo | undefined, key: string): FilterStateValue | undefined {
  return info?.filterState?.get(key) ?? info?.connection.filterState?.get(key)
}

/** A test of a filter state object, by its text or, when that is an address, by CIDR ranges. */
export class FilterStateMatcher {
  readonly key: string
  readonly #text: StringMatcher | undefined
  readonly #ranges: CidrSet

  constructor(config: FilterStateConfig, place: ConfigPlace) {
    this.key = config.key ?? ''
    const address = config.address_match
    this.#ranges =
      address === undefined
        ? new CidrSet()
        : compileCidrRanges(address.ranges, place.at('address_match', address), 'ranges')
    this.#text = address === undefined ? textMatcher(config, place) : undefined
  }

  matches(info: StreamInfo | undefined): boolean {
    const value = filterStateValue(info, this.key)?.serialize()
    if (value === undefined) return false
    if (this.#text !== undefined) return this.#text.matches(wireText(value))
    return this.#ranges.has(withoutPort(value))
  }
  describe(): string {
    return `filter state ${this.key} ${this.#text?.describe() ?? `in ${this.#ranges.describe()}`}`
  }
  explain(info: StreamInfo | undefined): string {
    return got(filterStateValue(info, this.key)?.serialize())
  }
}

function textMatcher(config: FilterStateConfig, place: ConfigPlace): StringMatcher {
  if (config.string_match !== undefined)
    return compileStringMatcher(config.string_match, place.at('string_match', config.string_match))
  place.error('missing-field', 'a filter state matcher needs string_match')
  return NEVER_MATCHES
}

function withoutPort(address: string): string {
  if (address.startsWith('[')) return address.slice(1, address.indexOf(']'))
  const colon = address.indexOf(':')
  return colon >= 0 && colon === address.lastIndexOf(':') ? address.slice(0, colon) : address
}

import type { Message } from '@nuncio/config'
import type { ConfigPlace } from '../place/config-place.ts'
import { compileStringMatcher, type StringMatcher } from '../string/string-matcher.ts'
import { got, wireText } from '../text/text.ts'

/**
 * The first value of a query parameter in a path, '' when it has none, undefined when it is absent. Nothing is
 * decoded, and a fragment is not cut: as Envoy routes.
 */
export function queryParameter(path: string, name: string): string | undefined {
  const mark = path.indexOf('?')
  if (mark < 0) return undefined
  for (let at = mark + 1; at < path.length;) {
    const amp = path.indexOf('&', at)
    const end = amp < 0 ? path.length : amp
    if (path.startsWith(name, at)) {
      const after = at + name.length
      if (after === end) return ''
      if (after < end && path.charCodeAt(after) === 61) return path.slice(after + 1, end)
    }
    at = end + 1
  }
  return undefined
}

/** Reads the first value of a query parameter: `queryParameter`, or `decodedQueryParameter`. */
export type ReadQueryParameter = (path: string, name: string) => string | undefined

/** A test of one query parameter. */
export class QueryParameterMatcher {
  readonly name: string
  readonly #read: ReadQueryParameter
  readonly #wireName: string
  readonly #value: StringMatcher | undefined
  readonly #present: boolean

  constructor(
    config: Message<'envoy.config.route.v3.QueryParameterMatcher'>,
    place: ConfigPlace,
    read: ReadQueryParameter,
  ) {
    this.name = config.name ?? ''
    this.#read = read
    this.#wireName = wireText(this.name)
    this.#value =
      config.string_match === undefined
        ? undefined
        : compileStringMatcher(config.string_match, place.at('string_match', config.string_match))
    this.#present = config.present_match !== false
  }

  matches(path: string): boolean {
    const value = this.#read(path, this.#wireName)
    return this.#value === undefined
      ? (value !== undefined) === this.#present
      : value !== undefined && this.#value.matches(value)
  }

  describe(): string {
    return `query parameter ${this.name} ${this.#value?.describe() ?? (this.#present ? 'present' : 'absent')}`
  }
  explain(path: string): string {
    return got(this.#read(path, this.#wireName))
  }
}

/** Compiles a list of query parameter matchers that stands in a field of the message at `place`; as Envoy routes unless `read` says otherwise. */
export function compileQueryParameterMatchers(
  configs: readonly Message<'envoy.config.route.v3.QueryParameterMatcher'>[] | undefined,
  place: ConfigPlace,
  field = 'query_parameters',
  read: ReadQueryParameter = queryParameter,
): QueryParameterMatcher[] {
  return (configs ?? []).map((config, i) => new QueryParameterMatcher(config, place.item(field, i, config), read))
}

import type { Message } from '@nuncio/config'
import type { ConfigPlace } from '../place/config-place.ts'
import { compileStringMatcher } from '../string/string-matcher.ts'
import { got } from '../text/text.ts'
import type { Availability } from './match-data.ts'
import { compileInput, type TreeParts } from './parts.ts'

type PredicateConfig =
  | Message<'xds.type.matcher.v3.Matcher.MatcherList.Predicate'>
  | Message<'envoy.config.common.matcher.v3.Matcher.MatcherList.Predicate'>
type SingleConfig =
  | Message<'xds.type.matcher.v3.Matcher.MatcherList.Predicate.SinglePredicate'>
  | Message<'envoy.config.common.matcher.v3.Matcher.MatcherList.Predicate.SinglePredicate'>

/** A condition of a matcher list. */
export interface TreePredicate<D> {
  test(data: D): boolean
  describe(): string
  /** What the input holds; for compound conditions, of the part that decides. */
  explain(data: D): string
}

export function compilePredicate<D>(
  config: PredicateConfig,
  place: ConfigPlace,
  parts: TreeParts<D>,
): TreePredicate<D> {
  if (config.single_predicate !== undefined)
    return single(config.single_predicate, place.at('single_predicate', config.single_predicate), parts)
  if (config.not_matcher !== undefined)
    return negation(compilePredicate(config.not_matcher, place.at('not_matcher', config.not_matcher), parts))
  const all = config.and_matcher !== undefined
  const list = config.and_matcher ?? config.or_matcher
  if (list === undefined) place.error('missing-field', 'a predicate needs one of its kinds')
  const inner = place.at(all ? 'and_matcher' : 'or_matcher', list)
  const predicates = (list?.predicate ?? []).map((one, i) =>
    compilePredicate(one, inner.item('predicate', i, one), parts),
  )
  return compound(predicates, all)
}

function negation<D>(inner: TreePredicate<D>): TreePredicate<D> {
  return {
    test: (data) => !inner.test(data),
    describe: () => `not (${inner.describe()})`,
    explain: (data) => inner.explain(data),
  }
}

function compound<D>(predicates: readonly TreePredicate<D>[], all: boolean): TreePredicate<D> {
  return {
    test: (data) => {
      const { unavailable = false } = data as Availability
      for (const predicate of predicates) {
        if (predicate.test(data) === all) continue
        // One that matches is enough, whatever the others before it still wait for.
        if (!all) (data as Availability).unavailable = unavailable
        return !all
      }
      return all
    },
    describe: () => predicates.map((one) => `(${one.describe()})`).join(all ? ' and ' : ' or '),
    explain: (data) => {
      const deciding = predicates.find((one) => one.test(data) !== all)
      return deciding === undefined
        ? predicates.map((one) => one.explain(data)).join(', ')
        : `${deciding.describe()}: ${deciding.explain(data)}`
    },
  }
}

function single<D>(config: SingleConfig, place: ConfigPlace, parts: TreeParts<D>): TreePredicate<D> {
  const whole = parts.dataMatchers.get(config.input?.typed_config?.['@type'] ?? '')
  if (whole !== undefined) return dataPredicate(config, whole, place)
  const input = compileInput(config.input, place, parts)
  const matcher = valueTest(config, place, parts)
  return {
    test: (data) => {
      const value = input?.get(data)
      return value !== undefined && matcher !== undefined && matcher.matches(value)
    },
    describe: () =>
      `${input?.describe() ?? 'an unsupported input'} ${matcher?.describe() ?? 'by an unsupported matcher'}`,
    explain: (data) => got(input?.get(data)),
  }
}

function dataPredicate<D>(
  config: SingleConfig,
  { matcher: type, make }: NonNullable<ReturnType<TreeParts<D>['dataMatchers']['get']>>,
  place: ConfigPlace,
): TreePredicate<D> {
  const any = config.custom_match?.typed_config
  const at = place.at('custom_match', config.custom_match)
  if (any?.['@type'] !== type) at.error('unsupported', `this input is for the matcher ${type} alone`)
  const matcher = any?.['@type'] === type ? make(any, at.at('typed_config', any)) : undefined
  const test = (data: D): boolean => matcher?.test(data) === true
  return {
    test,
    describe: () => matcher?.describe() ?? 'an unsupported matcher',
    explain: (data) => got(String(test(data))),
  }
}

function valueTest<D>(
  config: SingleConfig,
  place: ConfigPlace,
  parts: TreeParts<D>,
): { matches(value: string): boolean; describe(): string } | undefined {
  if (config.value_match !== undefined)
    return compileStringMatcher(config.value_match, place.at('value_match', config.value_match))
  const custom = config.custom_match
  const any = custom?.typed_config
  const type = any?.['@type'] ?? ''
  const make = parts.customMatchers.get(type)
  const at = place.at('custom_match', custom)
  if (make === undefined) at.error('unsupported', `the matcher ${JSON.stringify(type)} is not supported here`)
  return make?.(any!, at.at('typed_config', any))
}

import type { FormatContext } from '@nuncio/access-log'
import type { Message } from '@nuncio/config'
import type { HeaderMap } from '@nuncio/core'
import { compileStringMatcher, type ConfigPlace, quoted, type StringMatcher } from '@nuncio/matching'
import { compileHeaderAddition, type FormatOptions, HeaderMutations } from './mutations.ts'

type MutationConfig = Message<'envoy.config.common.mutation_rules.v3.HeaderMutation'>

/** A step of a list of header mutations; each sees what those before it did. */
export interface HeaderStep {
  apply(headers: HeaderMap, context: FormatContext): void
}

/** Compiles the HeaderMutation messages that stand in a field of the message at `place`: removals and additions in turn. */
export function compileMutationList(
  list: readonly MutationConfig[] | undefined,
  place: ConfigPlace,
  field: string,
  options: FormatOptions,
): readonly HeaderStep[] {
  return (list ?? []).flatMap((config, i) => compileStep(config, place.item(field, i, config), options) ?? [])
}

function compileStep(config: MutationConfig, place: ConfigPlace, options: FormatOptions): HeaderStep | undefined {
  const { remove, append, remove_on_match: match } = config
  if (match?.key_matcher !== undefined)
    return new RemoveMatching(
      compileStringMatcher(match.key_matcher, place.at('remove_on_match', match).at('key_matcher', match.key_matcher)),
    )
  if (remove === undefined) return append && compileHeaderAddition(append, place.at('append', append), options)
  if (!remove.startsWith(':')) return new HeaderMutations([remove.toLowerCase()], [])
  place.at('remove').error('reserved-header', `${quoted(remove)} cannot be removed`, 'a message needs it')
  return undefined
}

/** Removes the headers whose names match; pseudo headers and the host stay. */
class RemoveMatching implements HeaderStep {
  readonly #matcher: StringMatcher
  constructor(matcher: StringMatcher) {
    this.#matcher = matcher
  }
  apply(headers: HeaderMap): void {
    const names: string[] = []
    headers.forEach((name) => {
      const lower = name.toLowerCase()
      if (lower !== 'host' && this.#matcher.matches(lower)) names.push(lower)
    })
    for (const name of names) headers.remove(name)
  }
}

/** Applies the steps of a list, in order. */
export function applySteps(steps: readonly HeaderStep[], headers: HeaderMap, context: FormatContext): void {
  for (let i = 0; i < steps.length; i++) steps[i]!.apply(headers, context)
}

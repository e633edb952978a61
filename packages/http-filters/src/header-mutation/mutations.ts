import { compileFormatters } from '@nuncio/access-log'
import type { Message } from '@nuncio/config'
import type { HeaderMap, RequestHeaders } from '@nuncio/core'
import { compileStringMatcher, type ConfigPlace, quoted, type StringMatcher } from '@nuncio/matching'
import { compileMutationList, type RouteTableOptions } from '@nuncio/router'
import type { Formatting } from '../header-lists/header-list.ts'
import { compileParameterMutations, mutatePath, type ParameterMutation } from './parameters.ts'

/** A step of a list of header mutations; each sees what those before it did. */
interface Step {
  apply(headers: HeaderMap, context: Formatting): void
}

/** A Mutations message, compiled. Lists are empty where nothing is asked for. */
export interface Mutations {
  readonly request: readonly Step[]
  readonly response: readonly Step[]
  readonly requestTrailers: readonly Step[]
  readonly responseTrailers: readonly Step[]
  readonly parameters: readonly ParameterMutation[]
}

type List = readonly Message<'envoy.config.common.mutation_rules.v3.HeaderMutation'>[]

/** Compiles a Mutations message that stands at `place`. */
export function compileMutations(
  config: Message<'envoy.extensions.filters.http.header_mutation.v3.Mutations'> | undefined,
  place: ConfigPlace,
  base: RouteTableOptions,
): Mutations {
  const formatExtensions = compileFormatters(config?.formatters, ({ code, path, message, hint, node }) =>
    place.at(path, node).error(code, message, hint),
  )
  const options = { ...base, formatExtensions }
  const steps = (list: List | undefined, field: string): readonly Step[] =>
    (list ?? []).flatMap((_, i) => compileStep(list!, i, place, field, options))
  return {
    request: steps(config?.request_mutations, 'request_mutations'),
    response: steps(config?.response_mutations, 'response_mutations'),
    requestTrailers: steps(config?.request_trailers_mutations, 'request_trailers_mutations'),
    responseTrailers: steps(config?.response_trailers_mutations, 'response_trailers_mutations'),
    parameters: compileParameterMutations(config?.query_parameter_mutations, place, options),
  }
}

function compileStep(
  list: List,
  index: number,
  place: ConfigPlace,
  field: string,
  options: RouteTableOptions,
): readonly Step[] {
  const config = list[index]!
  const at = place.item(field, index, config)
  const matcher = config.remove_on_match?.key_matcher
  if (matcher !== undefined)
    return [new RemoveMatching(compileStringMatcher(matcher, at.at('remove_on_match').at('key_matcher', matcher)))]
  if (config.remove?.startsWith(':') === true) {
    at.at('remove').error('reserved-header', `${quoted(config.remove)} cannot be removed`, 'a message needs it')
    return []
  }
  // The others are blanked out, so that problems name the right index.
  return compileMutationList(
    list.map((other, i) => (i === index ? other : {})),
    place,
    field,
    options,
  )
}

/** Removes the headers whose names match; pseudo headers stay. */
class RemoveMatching implements Step {
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

export function applySteps(steps: readonly Step[], headers: HeaderMap, context: Formatting): void {
  for (let i = 0; i < steps.length; i++) steps[i]!.apply(headers, context)
}

/** Headers first, then the query, whose values may be made of them. */
export function mutateRequest(mutations: Mutations, headers: RequestHeaders, context: Formatting): void {
  applySteps(mutations.request, headers, context)
  if (mutations.parameters.length > 0) headers.path = mutatePath(headers.path, mutations.parameters, context)
}

import { compileFormatters } from '@nuncio/access-log'
import type { Message } from '@nuncio/config'
import type { RequestHeaders } from '@nuncio/core'
import type { ConfigPlace } from '@nuncio/matching'
import { applySteps, compileMutationList, type HeaderStep, type RouteTableOptions } from '@nuncio/router'
import type { Formatting } from '../header-lists/header-list.ts'
import { compileParameterMutations, mutatePath, type ParameterMutation } from './parameters.ts'

/** A Mutations message, compiled. Lists are empty where nothing is asked for. */
export interface Mutations {
  readonly request: readonly HeaderStep[]
  readonly response: readonly HeaderStep[]
  readonly requestTrailers: readonly HeaderStep[]
  readonly responseTrailers: readonly HeaderStep[]
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
  const steps = (list: List | undefined, field: string): readonly HeaderStep[] =>
    compileMutationList(list, place, field, options)
  return {
    request: steps(config?.request_mutations, 'request_mutations'),
    response: steps(config?.response_mutations, 'response_mutations'),
    requestTrailers: steps(config?.request_trailers_mutations, 'request_trailers_mutations'),
    responseTrailers: steps(config?.response_trailers_mutations, 'response_trailers_mutations'),
    parameters: compileParameterMutations(config?.query_parameter_mutations, place, options),
  }
}

/** Headers first, then the query, whose values may be made of them. */
export function mutateRequest(mutations: Mutations, headers: RequestHeaders, context: Formatting): void {
  applySteps(mutations.request, headers, context)
  if (mutations.parameters.length > 0) headers.path = mutatePath(headers.path, mutations.parameters, context)
}

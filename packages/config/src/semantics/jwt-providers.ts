import type { Message } from '../message.ts'
import type { SemanticContext, SemanticRule } from './rule.ts'

type Requirement = Message<'envoy.extensions.filters.http.jwt_authn.v3.JwtRequirement'>

/** Rules of the JWT filter name providers that it has. */
export const jwtProviders: SemanticRule = {
  types: ['envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication'],
  check(context) {
    for (const filter of context.found('envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication')) {
      const providers = new Set(Object.keys(filter.providers ?? {}))
      const requirements = [
        ...(filter.rules ?? []).map((rule) => rule.requires),
        ...Object.values(filter.requirement_map ?? {}),
      ]
      for (const requirement of requirements) checkRequirement(context, requirement, providers)
      const names = new Set(Object.keys(filter.requirement_map ?? {}))
      for (const rule of filter.rules ?? []) sayMissing(context, rule, 'requirement_name', rule.requirement_name, names)
    }
  },
}

function checkRequirement(
  context: SemanticContext,
  requirement: Requirement | undefined,
  providers: ReadonlySet<string>,
): void {
  if (!requirement) return
  sayMissing(context, requirement, 'provider_name', requirement.provider_name, providers)
  const other = requirement.provider_and_audiences
  if (other) sayMissing(context, other, 'provider_name', other.provider_name, providers)
  for (const one of [
    ...(requirement.requires_any?.requirements ?? []),
    ...(requirement.requires_all?.requirements ?? []),
  ])
    checkRequirement(context, one, providers)
}

function sayMissing(
  context: SemanticContext,
  node: object,
  field: string,
  name: string | undefined,
  names: ReadonlySet<string>,
): void {
  if (name === undefined || name === '' || names.has(name)) return
  const near = context.nearest(name, names)
  context.say(
    'dangling-reference',
    'error',
    node,
    field,
    `"${name}" is not there`,
    near ? `did you mean "${near}"?` : `there are: ${[...names].join(', ') || 'none'}`,
  )
}

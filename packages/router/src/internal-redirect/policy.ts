import type { Message } from '@nuncio/config'
import { type ConfigPlace, quoted } from '@nuncio/matching'
import type { InternalRedirectPolicy } from '../contracts.ts'
import { isModifiable } from '../headers/mutations.ts'

const POSSIBLE = new Set([301, 302, 303, 307, 308])

/** Decides a route's internal redirect policy, in today's or the deprecated form; undefined: redirects pass through. */
export function compileInternalRedirect(
  config: Message<'envoy.config.route.v3.RouteAction'>,
  place: ConfigPlace,
): InternalRedirectPolicy | undefined {
  const policy = config.internal_redirect_policy
  if (policy === undefined) {
    if (config.internal_redirect_action !== 'HANDLE_INTERNAL_REDIRECT') return undefined
    return decided(
      config.max_internal_redirects === undefined ? {} : { max_internal_redirects: config.max_internal_redirects },
    )
  }
  const at = place.at('internal_redirect_policy', policy)
  policy.response_headers_to_copy?.forEach((name, i) => {
    if (!isModifiable(name.toLowerCase()))
      at.item('response_headers_to_copy', i).error('reserved-header', `${quoted(name)} cannot be copied`)
  })
  return decided(policy)
}

function decided(policy: Message<'envoy.config.route.v3.InternalRedirectPolicy'>): InternalRedirectPolicy {
  const codes = policy.redirect_response_codes ?? []
  return {
    maxRedirects: policy.max_internal_redirects ?? 1,
    // Codes that are no redirects are left out, even when nothing remains.
    codes: codes.length === 0 ? new Set([302]) : new Set(codes.filter((code) => POSSIBLE.has(code))),
    allowCrossScheme: policy.allow_cross_scheme_redirect === true,
    predicates: (policy.predicates ?? []).flatMap(({ typed_config }) =>
      typed_config === undefined ? [] : [typed_config],
    ),
    responseHeadersToCopy: (policy.response_headers_to_copy ?? [])
      .map((name) => name.toLowerCase())
      .filter(isModifiable),
  }
}

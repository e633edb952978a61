import { isMessage } from '@nuncio/config'
import type { HeaderMap, RequestHeaders, ResponseHeaders } from '@nuncio/core'
import type { InternalRedirectPolicy } from '../contracts.ts'

/** Why a redirect response is passed on; the ends of Envoy's `passthrough_internal_redirect_…` counters. */
export type RedirectRefusal =
  | 'not_listed'
  | 'incomplete_request'
  | 'bad_location'
  | 'unsafe_scheme'
  | 'too_many_redirects'
  | 'no_route'
  | 'predicate'

/** Where a redirect leads. */
export interface RedirectTarget {
  readonly scheme: 'http' | 'https'
  readonly authority: string
  /** With its query, without a fragment. */
  readonly path: string
}

/** What decides, beside the policy, whether a redirect is followed. */
export interface RedirectSituation {
  /** How many internal redirects this request has been through. */
  readonly redirects: number
  /** Whether all of the request was received and is kept, so that it can be sent again. */
  readonly requestComplete: boolean
  /** Whether the client came over TLS. */
  readonly downstreamIsHttps: boolean
}

/**
 * Whether a response is to be followed inside the proxy, as far as that can be said before the new route is known:
 * the target, or why not. The caller changes the request (`followRedirect`), finds the route, and asks
 * `acceptsRoute`.
 */
export function decideInternalRedirect(
  policy: InternalRedirectPolicy,
  response: ResponseHeaders,
  situation: RedirectSituation,
): RedirectTarget | RedirectRefusal {
  if (!policy.codes.has(response.status)) return 'not_listed'
  if (!situation.requestComplete) return 'incomplete_request'
  const target = parseLocation(response.get('location') ?? '')
  if (target === undefined) return 'bad_location'
  if (!policy.allowCrossScheme && (target.scheme === 'https') !== situation.downstreamIsHttps) return 'unsafe_scheme'
  return situation.redirects >= policy.maxRedirects ? 'too_many_redirects' : target
}

const LOCATION = /^(https?):\/\/([^/?#\\@\s]+)(\/[^?#]*)?(\?[^#]*)?(?:#|$)/i

/** An absolute http or https URL; undefined for anything else. */
export function parseLocation(location: string): RedirectTarget | undefined {
  const found = LOCATION.exec(location)
  if (found === null) return undefined
  const scheme = found[1]!.toLowerCase() === 'https' ? 'https' : 'http'
  return { scheme, authority: found[2]!, path: `${found[3] ?? '/'}${found[4] ?? ''}` }
}

/**
 * Turns a request to the target of a redirect. Says whether its body is dropped: a 303 turns methods with a body into
 * GET.
 */
export function followRedirect(
  policy: InternalRedirectPolicy,
  headers: RequestHeaders,
  response: ResponseHeaders,
  target: RedirectTarget,
  downstreamIsHttps: boolean,
): boolean {
  headers.set('x-envoy-original-url', `${downstreamIsHttps ? 'https' : 'http'}://${headers.authority}${headers.path}`)
  headers.authority = target.authority
  headers.scheme = target.scheme
  headers.path = target.path
  const dropsBody = response.status === 303 && headers.method !== 'GET' && headers.method !== 'HEAD'
  if (dropsBody) {
    headers.method = 'GET'
    headers.remove('content-length')
    headers.remove('transfer-encoding')
  }
  for (const name of policy.responseHeadersToCopy) copyHeader(name, response, headers)
  return dropsBody
}

function copyHeader(name: string, from: HeaderMap, to: HeaderMap): void {
  to.remove(name)
  for (const value of from.getAll(name)) to.append(name, value)
}

/** What predicates may look at when the new route is known. */
export interface RouteAcceptance {
  readonly routeName: string
  /** Names of the routes that redirects took this request to before, from the same route. */
  readonly previousRoutes: ReadonlySet<string>
  readonly downstreamIsHttps: boolean
  readonly targetIsHttps: boolean
}

/** Whether all predicates of a policy accept the new route. One that is not known does not. */
export function acceptsRoute(policy: InternalRedirectPolicy, route: RouteAcceptance): boolean {
  return policy.predicates.every((predicate) => {
    if (isMessage(predicate, 'envoy.extensions.internal_redirect.previous_routes.v3.PreviousRoutesConfig'))
      return !route.previousRoutes.has(route.routeName)
    if (isMessage(predicate, 'envoy.extensions.internal_redirect.safe_cross_scheme.v3.SafeCrossSchemeConfig'))
      return route.downstreamIsHttps || !route.targetIsHttps
    if (isMessage(predicate, 'envoy.extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig'))
      return predicate.allowed_route_names?.includes(route.routeName) === true
    return false
  })
}

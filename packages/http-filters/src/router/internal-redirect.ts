import type { ClusterStats } from '@nuncio/cluster'
import { isMessage } from '@nuncio/config'
import type { RequestHeaders, ResponseHeaders } from '@nuncio/core'
import type { TerminalStream } from '@nuncio/filter-chain'
import type { ForwardRoute, Route } from '@nuncio/router'
import type { RequestBody } from './request-body.ts'
import type { RouterStats } from './router-stats.ts'

const ABSOLUTE = /^(https?):\/\/([^/?#]+)([^#]*)/i

/**
 * Turns a redirect of the upstream into a new request, when the route's policy allows it: true after the request
 * headers have been rewritten and a route exists for them. Otherwise the headers are as they were, a counter says why,
 * and the redirect goes to the client.
 */
export function tryInternalRedirect(route: ForwardRoute, stream: TerminalStream, request: RequestHeaders, response: ResponseHeaders, body: RequestBody | 'too-large' | undefined, stats: RouterStats, cluster: ClusterStats): boolean {
  const policy = route.internalRedirect!
  if (!policy.codes.has(response.status)) return false
  if (!stream.requestEnded || body === 'too-large') {
    cluster.internalRedirectFailed.inc()
    return false
  }
  const reason = refuse(route, stream, request, response)
  if (reason === undefined) {
    cluster.internalRedirectSucceeded.inc()
    return true
  }
  stats.internalRedirect[reason].inc()
  cluster.internalRedirectFailed.inc()
  return false
}

function refuse(route: ForwardRoute, stream: TerminalStream, request: RequestHeaders, response: ResponseHeaders): keyof RouterStats['internalRedirect'] | undefined {
  const policy = route.internalRedirect!
  const target = ABSOLUTE.exec(response.get('location') ?? '')
  if (target === null) return 'bad_location'
  const scheme = target[1]!.toLowerCase()
  const downstream = stream.info.connection.tls === undefined ? 'http' : 'https'
  if (scheme !== downstream && !policy.allowCrossScheme) return 'unsafe_scheme'
  const state = (stream.redirects ??= { count: 0, routes: new Set<Route>() })
  if (state.count >= policy.maxRedirects) return 'too_many_redirects'
  const before = { authority: request.authority, path: request.path, scheme: request.scheme }
  request.authority = target[2]!
  request.path = target[3]!.startsWith('/') ? target[3]! : `/${target[3]!}`
  request.scheme = scheme
  stream.clearRouteCache()
  const next = stream.route()
  const reason = next === undefined ? 'no_route' : allowed(route, next, state.routes, scheme, downstream) ? undefined : 'predicate'
  if (reason !== undefined) {
    Object.assign(request, before)
    stream.clearRouteCache()
    return reason
  }
  state.count++
  state.routes.add(route)
  request.set('x-envoy-original-url', `${before.scheme}://${before.authority}${before.path}`)
  for (const name of policy.responseHeadersToCopy) copyHeader(name.toLowerCase(), response, request)
  if (response.status === 303 && request.method !== 'GET' && request.method !== 'HEAD') {
    request.method = 'GET'
    for (const name of ['content-length', 'content-type', 'content-encoding', 'content-language', 'content-location']) request.remove(name)
    state.dropBody = true
  }
  return undefined
}

function copyHeader(name: string, from: ResponseHeaders, to: RequestHeaders): void {
  to.remove(name)
  for (const value of from.getAll(name)) to.append(name, value)
}

function allowed(from: ForwardRoute, to: Route, seen: ReadonlySet<Route>, scheme: string, downstream: string): boolean {
  return from.internalRedirect!.predicates.every((predicate) => {
    if (isMessage(predicate, 'envoy.extensions.internal_redirect.previous_routes.v3.PreviousRoutesConfig')) return to !== from && !seen.has(to)
    if (isMessage(predicate, 'envoy.extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig')) {
      return predicate.allowed_route_names?.includes(to.name) ?? false
    }
    if (isMessage(predicate, 'envoy.extensions.internal_redirect.safe_cross_scheme.v3.SafeCrossSchemeConfig')) {
      return downstream === 'https' || scheme === 'http'
    }
    return false
  })
}

import type { ClusterStats } from '@nuncio/cluster'
import type { RequestHeaders, ResponseHeaders } from '@nuncio/core'
import type { RedirectState, TerminalStream } from '@nuncio/filter-chain'
import {
  acceptsRoute,
  decideInternalRedirect,
  followRedirect,
  type ForwardRoute,
  type RedirectRefusal,
  type RedirectTarget,
} from '@nuncio/router'
import type { RouterStats } from './router-stats.ts'

/**
 * Turns a redirect of the upstream into a new request, when the route's policy allows it: true after the request
 * headers have been rewritten and a route exists for them. Otherwise the headers are as they were, a counter says why,
 * and the redirect goes to the client.
 */
export function tryInternalRedirect(
  route: ForwardRoute,
  stream: TerminalStream,
  response: ResponseHeaders,
  replayable: boolean,
  stats: RouterStats,
  cluster: ClusterStats,
): boolean {
  const policy = route.internalRedirect!
  const request = stream.requestHeaders
  const https = stream.info.connection.tls !== undefined
  const state = (stream.redirects ??= { count: 0, taken: new Map<string, Set<string>>() })
  const situation = {
    redirects: state.count,
    requestComplete: stream.requestEnded && replayable,
    downstreamIsHttps: https,
  }
  const target = decideInternalRedirect(policy, response, situation)
  const refusal = typeof target === 'string' ? target : follow(route, stream, request, response, target, state, https)
  if (refusal === 'not_listed') return false
  if (refusal === undefined) {
    cluster.internalRedirectSucceeded.inc()
    return true
  }
  if (refusal !== 'incomplete_request') stats.internalRedirect[refusal].inc()
  cluster.internalRedirectFailed.inc()
  return false
}

function follow(
  route: ForwardRoute,
  stream: TerminalStream,
  request: RequestHeaders,
  response: ResponseHeaders,
  target: RedirectTarget,
  state: RedirectState,
  https: boolean,
): RedirectRefusal | undefined {
  const before = { authority: request.authority, path: request.path, scheme: request.scheme }
  Object.assign(request, target)
  stream.clearRouteCache()
  const next = stream.route()
  const taken = state.taken.get(route.name) ?? new Set()
  const acceptance = {
    routeName: next?.name ?? '',
    previousRoutes: taken,
    downstreamIsHttps: https,
    targetIsHttps: target.scheme === 'https',
  }
  const refusal =
    next === undefined ? 'no_route' : acceptsRoute(route.internalRedirect!, acceptance) ? undefined : 'predicate'
  Object.assign(request, before)
  // As in Envoy the stream then has the route of the target, or none, to its end.
  if (refusal !== undefined) return refusal
  state.count++
  state.taken.set(route.name, taken.add(acceptance.routeName))
  if (followRedirect(route.internalRedirect!, request, response, target, https)) state.dropBody = true
  return undefined
}

import { type AnyMessage, isMessage, type Message } from '@nuncio/config'
import { compileHeaderMatchers, compileMatchTree, type ConfigPlace, HTTP_INPUTS, quoted } from '@nuncio/matching'
import type { InheritedPolicy } from '../action/forward-policy.ts'
import { OWN_URL } from '../action/location.ts'
import { RedirectEntry, RedirectLocation } from '../action/redirect-route.ts'
import type { Inherited } from '../action/route-entry.ts'
import type { MirrorPolicy } from '../contracts.ts'
import { corsLevels } from '../cors/cors-policy.ts'
import { compileMirrorPolicies } from '../mirror/mirror-policy.ts'
import { compileRateLimits } from '../rate-limit/rate-limit.ts'
import { compileRetryPolicy } from '../retry/retry-policy.ts'
import { CompiledRoute } from './compiled-route.ts'
import { compileRoute, type TableScope } from './compile-route.ts'
import { inheritLevel, NOTHING_INHERITED } from './levels.ts'
import { PathIndex } from './path-index.ts'
import { CompiledVirtualHost, type RouteList, type VirtualCluster } from './virtual-host.ts'
import { PathSpecifier, NEVER } from '../match/path-specifier.ts'

type HostConfig = Message<'envoy.config.route.v3.VirtualHost'>

/** From how many routes on a virtual host gets an index, unless options say otherwise. */
const INDEX_FROM = 16

/** Compiles one virtual host with its routes. */
export function compileVirtualHost(
  config: HostConfig,
  outer: Inherited,
  mirrors: readonly MirrorPolicy[],
  place: ConfigPlace,
  scope: TableScope,
): CompiledVirtualHost {
  const { options } = scope
  const inherited = inheritLevel(config, outer, scope.specificWins, place, options)
  const policy: InheritedPolicy = {
    retryPolicy:
      config.retry_policy && compileRetryPolicy(config.retry_policy, place.at('retry_policy', config.retry_policy)),
    hedgeOnPerTryTimeout: config.hedge_policy?.hedge_on_per_try_timeout === true,
    mirrorPolicies: compileMirrorPolicies(config.request_mirror_policies, place, options, mirrors),
    requestBodyLimit: config.request_body_buffer_limit ?? config.per_request_buffer_limit_bytes,
    cors: corsLevels(config.cors, place, []),
  }
  const virtualHost = new CompiledVirtualHost(
    config,
    inherited,
    policy,
    virtualClusters(config, place),
    options.sources,
  )
  virtualHost.matchesOnly = options.matchesOnly === true
  virtualHost.rateLimits = compileRateLimits(config.rate_limits, 'route', place, options)
  if (config.require_tls === 'ALL' || config.require_tls === 'EXTERNAL_ONLY')
    virtualHost.tlsRedirect = tlsRedirect(virtualHost)
  if (config.matcher !== undefined) {
    if ((config.routes?.length ?? 0) > 0)
      place.error('oneof-conflict', 'a virtual host has either routes or a matcher, not both')
    addTree(virtualHost, config.matcher, place, scope)
    return virtualHost
  }
  virtualHost.routes = (config.routes ?? []).map((route, i) =>
    compileRoute(route, i, virtualHost, place.item('routes', i, route), scope),
  )
  if (virtualHost.routes.length >= (options.indexFrom ?? INDEX_FROM)) {
    virtualHost.index = new PathIndex(virtualHost.routes, scope.config.ignore_path_parameters_in_path_matching === true)
  }
  return virtualHost
}

function virtualClusters(config: HostConfig, place: ConfigPlace): VirtualCluster[] {
  return (config.virtual_clusters ?? []).map((cluster, i) => {
    const at = place.item('virtual_clusters', i, cluster)
    if ((cluster.headers?.length ?? 0) === 0) at.error('missing-field', 'a virtual cluster needs headers')
    return { name: cluster.name ?? '', headers: compileHeaderMatchers(cluster.headers, at) }
  })
}

/** The host keeps its port, and no header mutations apply: so it is with Envoy. */
function tlsRedirect(virtualHost: CompiledVirtualHost): RedirectEntry {
  const info = new CompiledRoute(-1, {}, new PathSpecifier(NEVER, '', false), [], {
    sources: undefined,
    tracing: undefined,
  })
  return new TlsRedirect(info, virtualHost, NOTHING_INHERITED, 301, new RedirectLocation(OWN_URL))
}

class TlsRedirect extends RedirectEntry {
  override location(headers: Parameters<RedirectEntry['location']>[0]): string {
    return `https://${headers.authority}${headers.path}`
  }
}

function addTree(
  virtualHost: CompiledVirtualHost,
  config: Message<'xds.type.matcher.v3.Matcher'>,
  place: ConfigPlace,
  scope: TableScope,
): void {
  const routes: CompiledRoute[] = []
  const add = (route: Message<'envoy.config.route.v3.Route'>, at: ConfigPlace): CompiledRoute => {
    const compiled = compileRoute(route, routes.length, virtualHost, at, scope)
    routes.push(compiled)
    return compiled
  }
  virtualHost.tree = compileMatchTree(config, place.at('matcher', config), {
    inputs: HTTP_INPUTS,
    action: (any, _, at) => routeList(any, at, add),
  })
  virtualHost.routes = routes
}

function routeList(
  any: AnyMessage,
  place: ConfigPlace,
  add: (route: Message<'envoy.config.route.v3.Route'>, at: ConfigPlace) => CompiledRoute,
): RouteList | undefined {
  if (isMessage(any, 'envoy.config.route.v3.Route')) return [add(any, place)]
  if (isMessage(any, 'envoy.config.route.v3.RouteList'))
    return (any.routes ?? []).map((route, i) => add(route, place.item('routes', i, route)))
  place.error('unsupported', `the action ${quoted(any['@type'])} is no Route and no RouteList`)
  return undefined
}

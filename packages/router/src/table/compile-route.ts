import type { Message } from '@nuncio/config'
import { type ConfigPlace, quoted } from '@nuncio/matching'
import { type NamedPlugins, pluginOf } from '../action/cluster-plugins.ts'
import { compileDirect, DEFAULT_BODY_LIMIT, DirectEntry } from '../action/direct-route.ts'
import { ForwardPolicy, usesDefaultPolicy } from '../action/forward-policy.ts'
import { ForwardEntry } from '../action/forward-route.ts'
import { MatchedEntries } from '../action/matched-clusters.ts'
import { compilePathRewrite } from '../action/path-rewrite.ts'
import { compileRedirect, RedirectEntry } from '../action/redirect-route.ts'
import type { Inherited, RouteSelector } from '../action/route-entry.ts'
import { checkWeightedClusters, WeightedEntries } from '../action/weighted-clusters.ts'
import { compileRouteTracing } from '@nuncio/tracing'
import { compileConditions } from '../match/conditions.ts'
import { compilePathSpecifier } from '../match/path-specifier.ts'
import type { RouteTableOptions } from '../options.ts'
import { CompiledRoute } from './compiled-route.ts'
import { inheritLevel, inheritWeighted } from './levels.ts'
import type { CompiledVirtualHost } from './virtual-host.ts'

type RouteConfig = Message<'envoy.config.route.v3.Route'>
type ActionConfig = Message<'envoy.config.route.v3.RouteAction'>

/** What all routes of a table share. */
export interface TableScope {
  readonly config: Message<'envoy.config.route.v3.RouteConfiguration'>
  readonly options: RouteTableOptions
  readonly specificWins: boolean
  /** Tells whether a cluster is there; undefined when that is not to be checked. */
  readonly clusters: { has(name: string): boolean } | undefined
  readonly plugins: NamedPlugins
  /** One policy for all routes of a virtual host that say nothing. */
  readonly defaultPolicies: Map<CompiledVirtualHost, ForwardPolicy>
}

/** Compiles one route. */
export function compileRoute(
  config: RouteConfig,
  index: number,
  virtualHost: CompiledVirtualHost,
  place: ConfigPlace,
  scope: TableScope,
): CompiledRoute {
  const match = config.match ?? {}
  const at = place.at('match', match)
  const route = new CompiledRoute(index, config, compilePathSpecifier(match, at), compileConditions(match, at), {
    sources: scope.options.sources,
    tracing: compileRouteTracing(config, place, scope.options.formatEnvironment),
  })
  const inherited = inheritLevel(config, virtualHost.inherited, scope.specificWins, place, scope.options)
  route.selector = compileAction(route, virtualHost, inherited, place, scope)
  return route
}

function compileAction(
  route: CompiledRoute,
  virtualHost: CompiledVirtualHost,
  inherited: Inherited,
  place: ConfigPlace,
  scope: TableScope,
): RouteSelector {
  const { config } = route
  if (config.redirect !== undefined) {
    const at = place.at('redirect', config.redirect)
    const { status, location } = compileRedirect(config.redirect, route.path, at, scope.options)
    return new RedirectEntry(route, virtualHost, inherited, status, location)
  }
  if (config.direct_response !== undefined) {
    const limit = scope.config.max_direct_response_body_size_bytes ?? DEFAULT_BODY_LIMIT
    const direct = compileDirect(
      config.direct_response,
      limit,
      place.at('direct_response', config.direct_response),
      scope.options,
    )
    return new DirectEntry(route, virtualHost, inherited, direct)
  }
  if (config.route === undefined && config.non_forwarding_action === undefined && config.filter_action === undefined) {
    place.error('missing-field', 'a route needs one of route, redirect, direct_response, non_forwarding_action')
  }
  return compileForward(route, virtualHost, inherited, place.at('route', config.route), scope)
}

/** A route that does not say where to forward has an empty cluster name: a cluster that is not there. */
function compileForward(
  route: CompiledRoute,
  virtualHost: CompiledVirtualHost,
  inherited: Inherited,
  place: ConfigPlace,
  scope: TableScope,
): RouteSelector {
  const action = route.config.route ?? {}
  const parts = {
    cluster: { name: action.cluster ?? '', header: (action.cluster_header ?? '').toLowerCase() },
    policy: policyOf(route.config, action, virtualHost, place, scope),
    pathRewrite: compilePathRewrite(action, route.path, place, scope.options),
    metadataMatch: action.metadata_match?.filter_metadata?.['envoy.lb'],
  }
  checkClusters(action, place, scope)
  const plugin = pluginOf(action, place, scope.plugins)
  if (plugin === 'left out') return NO_ENTRY
  if (plugin !== undefined) {
    const make = (name: string): ForwardEntry =>
      new ForwardEntry(route, virtualHost, inherited, { ...parts, cluster: { name, header: '' } })
    return new MatchedEntries(plugin.config, make, plugin.place)
  }
  const weighted = action.weighted_clusters
  if (weighted === undefined) return new ForwardEntry(route, virtualHost, inherited, parts)
  const at = place.at('weighted_clusters', weighted)
  checkWeightedClusters(weighted, at)
  const entries = (weighted.clusters ?? []).map((cluster, i) => {
    const own = inheritWeighted(cluster, inherited, at.item('clusters', i, cluster), scope.options)
    const lb = cluster.metadata_match?.filter_metadata?.['envoy.lb']
    const literal = cluster.host_rewrite_literal ?? ''
    return new ForwardEntry(route, virtualHost, own.inherited, {
      ...parts,
      cluster: { name: cluster.name ?? '', header: (cluster.cluster_header ?? '').toLowerCase() },
      metadataMatch: lb === undefined ? parts.metadataMatch : { ...parts.metadataMatch, ...lb },
      extras:
        own.request === undefined && literal === ''
          ? undefined
          : { mutations: own.request, hostRewriteLiteral: literal },
    })
  })
  return new WeightedEntries(weighted, entries, place.scope.runtime)
}

function policyOf(
  config: RouteConfig,
  action: ActionConfig,
  virtualHost: CompiledVirtualHost,
  place: ConfigPlace,
  scope: TableScope,
): ForwardPolicy {
  if (!usesDefaultPolicy(config, action))
    return new ForwardPolicy(config, action, virtualHost.policy, place, scope.options)
  let policy = scope.defaultPolicies.get(virtualHost)
  if (policy === undefined)
    scope.defaultPolicies.set(
      virtualHost,
      (policy = new ForwardPolicy({}, {}, virtualHost.policy, place, scope.options)),
    )
  return policy
}

/** A route that never counts as matched. */
const NO_ENTRY: RouteSelector = { select: () => undefined, entries: [] }

function checkClusters(action: ActionConfig, place: ConfigPlace, scope: TableScope): void {
  const { clusters } = scope
  if (clusters === undefined) return
  const check = (name: string | undefined, at: ConfigPlace, word: string): void => {
    if (name !== undefined && name !== '' && !clusters.has(name))
      at.error('dangling-reference', `there is no ${word} ${quoted(name)}`)
  }
  check(action.cluster, place.at('cluster'), 'cluster')
  const weighted = place.at('weighted_clusters', action.weighted_clusters)
  action.weighted_clusters?.clusters?.forEach((cluster, i) =>
    check(cluster.name, weighted.item('clusters', i, cluster).at('name'), 'cluster'),
  )
  action.request_mirror_policies?.forEach((policy, i) =>
    check(policy.cluster, place.item('request_mirror_policies', i, policy).at('cluster'), 'shadow cluster'),
  )
}

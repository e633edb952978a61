import type { Message } from '../message.ts'
import type { SemanticContext, SemanticRule } from './rule.ts'

type RouteConfiguration = Message<'envoy.config.route.v3.RouteConfiguration'>
type RouteAction = Message<'envoy.config.route.v3.RouteAction'>
type MirrorPolicy = Message<'envoy.config.route.v3.RouteAction.RequestMirrorPolicy'>
type Say = (node: object, field: string, name: string | undefined, what: string) => void

/** Routes lead to clusters that are there, unless `validate_clusters` is off or clusters come while the server runs. */
export const clusterReferences: SemanticRule = {
  types: ['envoy.config.route.v3.RouteConfiguration'],
  check(context) {
    if (!context.bootstrap) return
    for (const routes of context.found('envoy.config.route.v3.RouteConfiguration')) checkRoutes(context, routes)
  },
}

function checkRoutes(context: SemanticContext, routes: RouteConfiguration): void {
  const severity = routes.validate_clusters === false || context.dynamicClusters ? 'warning' : 'error'
  const say: Say = (node, field, name, what) => {
    if (name === undefined || name === '' || context.clusters.has(name)) return
    const near = context.nearest(name, context.clusters)
    context.say(
      'dangling-reference',
      severity,
      node,
      field,
      `${what} leads to cluster "${name}", which is not there`,
      near ? `did you mean "${near}"?` : '',
    )
  }
  checkMirrors(say, routes.request_mirror_policies)
  for (const host of routes.virtual_hosts ?? []) {
    checkMirrors(say, host.request_mirror_policies)
    for (const route of host.routes ?? []) if (route.route) checkAction(say, route.route)
  }
}

function checkAction(say: Say, action: RouteAction): void {
  say(action, 'cluster', action.cluster, 'the route')
  for (const cluster of action.weighted_clusters?.clusters ?? [])
    say(cluster, 'name', cluster.name, 'the weighted cluster')
  checkMirrors(say, action.request_mirror_policies)
}

function checkMirrors(say: Say, policies: readonly MirrorPolicy[] | undefined): void {
  for (const policy of policies ?? []) say(policy, 'cluster', policy.cluster, 'the mirror policy')
}

import { compileRouteTable, type ForwardRoute } from '@nuncio/router'
import { isMessage, type Message, type Problem } from '@nuncio/config'
import { requestHeaders, type Runtime } from '@nuncio/core'
import { refusal } from './refusal.ts'
import type { RouteOfCluster } from './routes-to.ts'

type RouteConfiguration = Message<'envoy.config.route.v3.RouteConfiguration'>
type RouteAction = Message<'envoy.config.route.v3.RouteAction'>

type HashPolicies = NonNullable<RouteAction['hash_policy']>

/** The header that requests bring their key in when no route says where. */
const KEY_HEADER = 'x-key'

/**
 * The route of all requests: the given one, with all it inherits, for every request and for this cluster alone. Its
 * policies are compiled by the router, as in the proxy.
 */
export function compileRoute(cluster: string, given: RouteOfCluster | undefined, runtime: Runtime): ForwardRoute {
  const problems: Problem[] = []
  const table = compileRouteTable(configuration(cluster, given), {
    report: (problem) => problems.push(problem),
    runtime,
    validateClusters: false,
    formatEnvironment: { environment: () => '' },
  })
  const route = table.route(ANY_REQUEST, undefined, 0)
  const error = problems.find(({ severity }) => severity === 'error')
  if (route?.kind !== 'forward' || error !== undefined)
    throw refusal(`the route cannot be used: ${error?.message ?? 'it does not forward'}`)
  return route
}

/** Where the requests of a route carry what its hash policies read. */
export function hashPoliciesOf(given: RouteOfCluster | undefined): HashPolicies {
  return given === undefined ? PLAIN.hash_policy! : (given.route.route?.hash_policy ?? [])
}

const PLAIN: RouteAction = { hash_policy: [{ header: { header_name: KEY_HEADER } }] }
const ANY_REQUEST = requestHeaders([
  [':method', 'GET'],
  [':path', '/'],
  [':authority', 'simulated'],
  [':scheme', 'http'],
])

function configuration(cluster: string, given: RouteOfCluster | undefined): RouteConfiguration {
  const { weighted_clusters: _, cluster_header: __, ...action } = given?.route.route ?? PLAIN
  const route = { ...given?.route, match: { prefix: '/' }, route: { ...action, cluster } }
  const { matcher: ___, require_tls: ____, ...host } = given?.virtualHost ?? {}
  return {
    ...given?.config,
    virtual_hosts: [{ ...host, name: host.name || 'simulated', domains: ['*'], routes: [route] }],
  }
}

const HASHING = [
  'envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash',
  'envoy.extensions.load_balancing_policies.maglev.v3.Maglev',
] as const

/** Hash policies that stand in the load balancing policy itself. */
export function ownHashPolicies(cluster: Message<'envoy.config.cluster.v3.Cluster'>): HashPolicies {
  const policies = cluster.load_balancing_policy?.policies ?? []
  return policies.flatMap(({ typed_extension_config: extension }) => {
    const typed = extension?.typed_config
    const found = HASHING.flatMap((type) =>
      isMessage(typed, type) ? (typed.consistent_hashing_lb_config?.hash_policy ?? []) : [],
    )
    return found
  })
}

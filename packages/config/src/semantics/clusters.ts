import { isIp } from '../schema/rules/formats.ts'
import type { Message } from '../message.ts'
import type { SemanticContext, SemanticRule } from './rule.ts'

type Cluster = Message<'envoy.config.cluster.v3.Cluster'>
type Endpoint = Message<'envoy.config.endpoint.v3.Endpoint'>

/** What each kind of cluster needs, and what it cannot have. */
export const clusters: SemanticRule = {
  types: ['envoy.config.cluster.v3.Cluster'],
  check(context) {
    for (const cluster of context.found('envoy.config.cluster.v3.Cluster')) {
      if (!cluster.cluster_type) KINDS[cluster.type ?? 'STATIC']?.(context, cluster)
      if (cluster.eds_cluster_config && (cluster.cluster_type || cluster.type !== 'EDS'))
        context.say(
          'endpoints',
          'error',
          cluster,
          'eds_cluster_config',
          'only a cluster of type EDS has an eds_cluster_config',
        )
      checkPolicy(context, cluster)
    }
  },
}

const KINDS: Readonly<Record<string, (context: SemanticContext, cluster: Cluster) => void>> = {
  STATIC(context, cluster) {
    for (const endpoint of endpointsOf(cluster)) {
      const socket = endpoint.address?.socket_address
      if (socket?.address && !socket.resolver_name && !isIp(socket.address)) {
        context.say(
          'malformed-address',
          'error',
          socket,
          'address',
          `"${socket.address}" is not an IP address`,
          'a cluster whose hosts have names is of type STRICT_DNS or LOGICAL_DNS',
        )
      }
      const pipe = endpoint.address?.pipe
      if (pipe?.path?.startsWith('@') === true && (pipe.mode ?? 0) !== 0)
        context.say('conflict', 'error', pipe, 'mode', 'an abstract socket has no mode')
      if (!endpoint.address && !context.isWritten(endpoint, 'address'))
        context.say('missing-field', 'error', endpoint, undefined, 'an endpoint needs an address')
      for (const more of endpoint.additional_addresses ?? []) {
        if (!more.address && !context.isWritten(more, 'address'))
          context.say('missing-field', 'error', more, undefined, 'an additional address needs an address')
      }
    }
  },
  STRICT_DNS(context, cluster) {
    if (endpointsOf(cluster).length === 0)
      context.say(
        'no-endpoints',
        'warning',
        cluster,
        undefined,
        'a STRICT_DNS cluster without endpoints can never have a host',
        'give it a load_assignment',
      )
  },
  LOGICAL_DNS(context, cluster) {
    const localities = cluster.load_assignment?.endpoints ?? []
    if (endpointsOf(cluster).length === 1 && localities.length === 1) return
    context.say(
      'endpoints',
      'error',
      cluster,
      cluster.load_assignment && 'load_assignment',
      'a LOGICAL_DNS cluster has exactly one locality with one endpoint',
      'use STRICT_DNS for several',
    )
  },
  EDS(context, cluster) {
    if (!cluster.eds_cluster_config?.eds_config)
      context.say(
        'missing-field',
        'error',
        cluster,
        'type',
        'an EDS cluster needs an eds_cluster_config with an eds_config',
      )
  },
  ORIGINAL_DST(context, cluster) {
    if (endpointsOf(cluster).length > 0)
      context.say(
        'endpoints',
        'error',
        cluster,
        'load_assignment',
        'an ORIGINAL_DST cluster takes its hosts from connections and has no load_assignment',
      )
    if (cluster.lb_policy !== 'CLUSTER_PROVIDED' && !cluster.load_balancing_policy)
      context.say(
        'lb-policy',
        'error',
        cluster,
        cluster.lb_policy && 'lb_policy',
        'an ORIGINAL_DST cluster chooses its host itself',
        'write lb_policy: CLUSTER_PROVIDED',
      )
  },
}

function endpointsOf(cluster: Cluster): readonly Endpoint[] {
  return (cluster.load_assignment?.endpoints ?? []).flatMap((locality) =>
    (locality.lb_endpoints ?? []).flatMap(({ endpoint }) => endpoint ?? []),
  )
}

function checkPolicy(context: SemanticContext, cluster: Cluster): void {
  const type = cluster.type ?? 'STATIC'
  if (cluster.lb_policy === 'CLUSTER_PROVIDED' && !cluster.cluster_type && type !== 'ORIGINAL_DST') {
    context.say(
      'lb-policy',
      'error',
      cluster,
      'lb_policy',
      `a ${type} cluster does not choose its hosts itself`,
      'name a load balancing policy',
    )
  }
  if (cluster.lb_policy === 'LOAD_BALANCING_POLICY_CONFIG' && !cluster.load_balancing_policy) {
    context.say(
      'missing-field',
      'error',
      cluster,
      'lb_policy',
      'LOAD_BALANCING_POLICY_CONFIG needs the field load_balancing_policy',
    )
  }
  const ring = cluster.ring_hash_lb_config
  if (ring?.minimum_ring_size !== undefined && ring.minimum_ring_size > (ring.maximum_ring_size ?? 8_388_608)) {
    context.say('rule', 'error', ring, 'minimum_ring_size', 'minimum_ring_size is greater than maximum_ring_size')
  }
  const table = cluster.maglev_lb_config?.table_size
  if (table !== undefined && !isPrime(table))
    context.say(
      'rule',
      'error',
      cluster.maglev_lb_config!,
      'table_size',
      'the size of a maglev table has to be a prime number',
      'as 65537 or 5000011',
    )
}

function isPrime(n: number): boolean {
  if (n < 2) return false
  for (let i = 2; i * i <= n; i++) if (n % i === 0) return false
  return true
}

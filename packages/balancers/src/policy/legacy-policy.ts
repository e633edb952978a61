import type { AnyMessage, Message } from '@nuncio/config'
import { reportAt, type Reporting } from '@nuncio/cluster'

type Cluster = Message<'envoy.config.cluster.v3.Cluster'>
type Policy = Message<'envoy.config.cluster.v3.LoadBalancingPolicy'>

const POLICIES = 'envoy.extensions.load_balancing_policies'

/** `lb_policy` and the fields that go with it, as the typed configuration that says the same. */
export function legacyPolicy(cluster: Cluster, to: Reporting): Policy {
  const child = wrap(simplePolicy(cluster, to))
  const subset = cluster.lb_subset_config
  if (subset?.subset_selectors === undefined || subset.subset_selectors.length === 0) return child
  if (cluster.lb_policy === 'CLUSTER_PROVIDED') {
    const message = 'subsets cannot be made of a cluster that brings its own balancer'
    reportAt(to, cluster, 'lb_subset_config', { code: 'conflict', message })
    return child
  }
  return wrap({ '@type': `${POLICIES}.subset.v3.Subset`, ...subset, subset_lb_policy: child } as AnyMessage)
}

/** A list of one policy. */
function wrap(config: AnyMessage): Policy {
  return { policies: [{ typed_extension_config: { name: config['@type'], typed_config: config } }] }
}

function simplePolicy(cluster: Cluster, to: Reporting): AnyMessage {
  const common = cluster.common_lb_config
  const hashing = common?.consistent_hashing_lb_config
  const hashed = {
    ...(hashing !== undefined && { consistent_hashing_lb_config: hashing }),
    ...(common?.locality_weighted_lb_config !== undefined && { locality_weighted_lb_config: {} }),
  }
  switch (cluster.lb_policy ?? 'ROUND_ROBIN') {
    case 'ROUND_ROBIN':
      return any('round_robin.v3.RoundRobin', { ...cluster.round_robin_lb_config, ...locality(cluster, to) })
    case 'LEAST_REQUEST':
      return any('least_request.v3.LeastRequest', { ...cluster.least_request_lb_config, ...locality(cluster, to) })
    case 'RANDOM':
      return any('random.v3.Random', locality(cluster, to))
    case 'RING_HASH':
      return any('ring_hash.v3.RingHash', { ...cluster.ring_hash_lb_config, ...hashed })
    case 'MAGLEV':
      return any('maglev.v3.Maglev', { ...cluster.maglev_lb_config, ...hashed })
    case 'CLUSTER_PROVIDED':
      return any('cluster_provided.v3.ClusterProvided', {})
    case 'LOAD_BALANCING_POLICY_CONFIG': {
      const message = 'LOAD_BALANCING_POLICY_CONFIG needs load_balancing_policy'
      reportAt(to, cluster, 'lb_policy', { code: 'missing-field', message })
      return any('round_robin.v3.RoundRobin', {})
    }
  }
}

function any(type: string, fields: object): AnyMessage {
  return { '@type': `${POLICIES}.${type}`, ...fields }
}

function locality(cluster: Cluster, to: Reporting): object {
  const { zone_aware_lb_config: zone, locality_weighted_lb_config: weighted } = cluster.common_lb_config ?? {}
  if (zone !== undefined && weighted !== undefined) {
    const message = 'zone_aware_lb_config and locality_weighted_lb_config exclude each other'
    reportAt(to, cluster, 'common_lb_config', { code: 'conflict', message })
  }
  if (weighted !== undefined) return { locality_lb_config: { locality_weighted_lb_config: weighted } }
  return zone === undefined ? {} : { locality_lb_config: { zone_aware_lb_config: zone } }
}

const LEGACY_FIELDS = [
  'ring_hash_lb_config',
  'maglev_lb_config',
  'least_request_lb_config',
  'round_robin_lb_config',
] as const

const PARTIAL_FIELDS = ['zone_aware_lb_config', 'locality_weighted_lb_config', 'consistent_hashing_lb_config'] as const

/** Says which of the old fields cannot stand beside `load_balancing_policy`, and which do nothing there; Envoy refuses the former, too. */
export function reportLegacyBesidePolicy(cluster: Cluster, to: Reporting): void {
  const hint = 'say it inside load_balancing_policy'
  const conflicts = [
    ...(cluster.lb_subset_config === undefined ? [] : ['lb_subset_config']),
    ...PARTIAL_FIELDS.filter((field) => cluster.common_lb_config?.[field] !== undefined).map(
      (field) => `common_lb_config.${field}`,
    ),
  ]
  for (const field of conflicts)
    reportAt(to, cluster, field, {
      code: 'conflict',
      message: `${field} cannot stand beside load_balancing_policy`,
      hint,
    })
  for (const field of LEGACY_FIELDS) {
    if (cluster[field] === undefined) continue
    const message = `${field} is ignored because load_balancing_policy is set`
    reportAt(to, cluster, field, { code: 'no-effect', severity: 'warning', message, hint })
  }
}

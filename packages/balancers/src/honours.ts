import type { Honours } from '@nuncio/config'

const COMMON = 'envoy.extensions.load_balancing_policies.common.v3'

export const SLOW_START_HONOURS = {
  [`${COMMON}.SlowStartConfig`]: '*',
  'envoy.config.core.v3.RuntimeDouble': '*',
  'envoy.type.v3.Percent': '*',
} as const satisfies Honours

export const LOCALITY_HONOURS = {
  [`${COMMON}.LocalityLbConfig`]: '*',
  [`${COMMON}.LocalityLbConfig.ZoneAwareLbConfig`]: '*',
  [`${COMMON}.LocalityLbConfig.ZoneAwareLbConfig.ForceLocalZone`]: '*',
  [`${COMMON}.LocalityLbConfig.LocalityWeightedLbConfig`]: '*',
  'envoy.type.v3.Percent': '*',
} as const satisfies Honours

const CLUSTER = 'envoy.config.cluster.v3.Cluster'

/**
 * What balancing honours of a cluster's configuration, in the older and the newer spelling. What a policy honours of its
 * own configuration, its definition says (`config.honours`).
 */
export const BALANCER_HONOURS = {
  [CLUSTER]: [
    'lb_policy',
    'load_balancing_policy',
    'lb_subset_config',
    'ring_hash_lb_config',
    'maglev_lb_config',
    'least_request_lb_config',
    'round_robin_lb_config',
    'common_lb_config',
  ],
  [`${CLUSTER}.CommonLbConfig`]: [
    'healthy_panic_threshold',
    'zone_aware_lb_config',
    'locality_weighted_lb_config',
    'consistent_hashing_lb_config',
  ],
  [`${CLUSTER}.CommonLbConfig.ZoneAwareLbConfig`]: '*',
  [`${CLUSTER}.CommonLbConfig.LocalityWeightedLbConfig`]: '*',
  [`${CLUSTER}.CommonLbConfig.ConsistentHashingLbConfig`]: '*',
  [`${CLUSTER}.SlowStartConfig`]: '*',
  [`${CLUSTER}.RoundRobinLbConfig`]: '*',
  [`${CLUSTER}.LeastRequestLbConfig`]: '*',
  [`${CLUSTER}.RingHashLbConfig`]: '*',
  [`${CLUSTER}.MaglevLbConfig`]: '*',
  [`${CLUSTER}.LbSubsetConfig`]: '*',
  [`${CLUSTER}.LbSubsetConfig.LbSubsetSelector`]: '*',
  'envoy.config.cluster.v3.LoadBalancingPolicy': '*',
  'envoy.config.cluster.v3.LoadBalancingPolicy.Policy': '*',
  'envoy.config.core.v3.TypedExtensionConfig': '*',
  'envoy.config.core.v3.RuntimeDouble': '*',
  'envoy.type.v3.Percent': '*',
} as const satisfies Honours

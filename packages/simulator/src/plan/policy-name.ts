import type { Message } from '@nuncio/config'

type Cluster = Message<'envoy.config.cluster.v3.Cluster'>
type Policy = Message<'envoy.config.cluster.v3.LoadBalancingPolicy'>

/** The load balancing policy of a cluster in a word: `LEAST_REQUEST`, `score`. */
export function policyName({
  load_balancing_policy: policy,
  lb_policy: legacy,
  lb_subset_config: subset,
}: Cluster): string {
  if (policy !== undefined) return nameOf(policy)
  const name = legacy ?? 'ROUND_ROBIN'
  return (subset?.subset_selectors ?? []).length > 0 ? `${name} in subsets` : name
}

/** `envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash` is `ring_hash`. */
function nameOf(policy: Policy): string {
  const { typed_extension_config: first } = policy.policies?.[0] ?? {}
  const parts = (first?.typed_config?.['@type'] ?? '').split('.')
  return parts.at(-3) ?? first?.name ?? 'ROUND_ROBIN'
}

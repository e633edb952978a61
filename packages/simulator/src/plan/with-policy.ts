import type { AnyMessage, Message } from '@nuncio/config'

type Cluster = Message<'envoy.config.cluster.v3.Cluster'>

/** Policies that a cluster can be tried with. */
export const POLICIES = ['ROUND_ROBIN', 'LEAST_REQUEST', 'RANDOM', 'RING_HASH', 'MAGLEV', 'SCORE'] as const
/** A load balancing policy of `POLICIES`. */
export type PolicyName = (typeof POLICIES)[number]

/** Weights of the score terms that `SCORE` is tried with. */
export type ScoreWeights = Readonly<Record<string, number>>

/** A request under way counts as 20 ms of latency, or as a tenth of errors. */
export const DEFAULT_SCORE: ScoreWeights = Object.freeze({ active_requests: 1, latency_ewma: 0.05, error_rate: 10 })

const SCORE = 'nuncio.load_balancing_policies.score.v1.Score'

/** The same cluster with another load balancing policy, which has its defaults. Subsets are left out. */
export function withPolicy(cluster: Cluster, policy: PolicyName, weights: ScoreWeights = DEFAULT_SCORE): Cluster {
  const { load_balancing_policy: _, lb_subset_config: __, ...rest } = cluster
  if (policy !== 'SCORE') return { ...rest, lb_policy: policy }
  const terms = Object.entries(weights).map(([name, weight]) => ({ name, weight }))
  const typed = { '@type': SCORE, terms } as AnyMessage
  return {
    ...rest,
    lb_policy: 'LOAD_BALANCING_POLICY_CONFIG',
    load_balancing_policy: { policies: [{ typed_extension_config: { name: 'score', typed_config: typed } }] },
  }
}

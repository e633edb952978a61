import type { SemanticRule } from './rule.ts'

const MAX = 2 ** 32 - 1

/** The weights of weighted clusters add up to something that can be drawn from. */
export const weightedClusters: SemanticRule = {
  types: ['envoy.config.route.v3.WeightedCluster', 'envoy.config.route.v3.WeightedCluster.ClusterWeight'],
  check(context) {
    for (const weighted of context.found('envoy.config.route.v3.WeightedCluster')) {
      const clusters = weighted.clusters ?? []
      const sum = clusters.reduce((total, { weight = 0 }) => total + weight, 0)
      if (clusters.length > 0 && sum === 0)
        context.say(
          'weights',
          'error',
          weighted,
          'clusters',
          'the weights add up to 0: no cluster could be chosen',
          'give at least one cluster a weight',
        )
      if (sum > MAX)
        context.say('weights', 'error', weighted, 'clusters', `the weights add up to ${sum}; ${MAX} is the limit`)
    }
    for (const cluster of context.found('envoy.config.route.v3.WeightedCluster.ClusterWeight')) {
      const [name, header] = [cluster.name ?? '', cluster.cluster_header ?? '']
      if (name === '' && header === '')
        context.say('missing-field', 'error', cluster, undefined, 'one of "name", "cluster_header" is required')
      if (name !== '' && header !== '')
        context.say(
          'oneof-conflict',
          'error',
          cluster,
          'cluster_header',
          '"name" and "cluster_header" exclude each other',
        )
    }
  },
}

import type { SemanticRule } from './rule.ts'

/** The cluster of the proxies that this one belongs to stands in the file: it is needed before any other comes. */
export const localCluster: SemanticRule = {
  types: ['envoy.config.bootstrap.v3.ClusterManager'],
  check(context) {
    for (const manager of context.found('envoy.config.bootstrap.v3.ClusterManager')) {
      const name = manager.local_cluster_name ?? ''
      if (name === '' || context.clusters.has(name)) continue
      const near = context.nearest(name, context.clusters)
      context.say(
        'dangling-reference',
        'error',
        manager,
        'local_cluster_name',
        `there is no static cluster "${name}"`,
        near ? `did you mean "${near}"?` : '',
      )
    }
  },
}

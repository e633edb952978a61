import type { SemanticContext, SemanticRule } from './rule.ts'

/**
 * What calls a service names a cluster that is there. Envoy takes such files and fails the calls, so these are warnings;
 * only Zipkin's collector has to be there from the start.
 */
export const serviceReferences: SemanticRule = {
  types: [
    'envoy.config.core.v3.GrpcService.EnvoyGrpc',
    'envoy.config.core.v3.HttpUri',
    'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
    'envoy.extensions.clusters.aggregate.v3.ClusterConfig',
    'envoy.config.core.v3.ApiConfigSource',
    'envoy.config.trace.v3.ZipkinConfig',
  ],
  check(context) {
    if (!context.bootstrap || context.dynamicClusters) return
    for (const service of context.found('envoy.config.core.v3.GrpcService.EnvoyGrpc'))
      say(context, service, 'cluster_name', service.cluster_name)
    for (const service of context.found('envoy.config.core.v3.HttpUri'))
      say(context, service, 'cluster', service.cluster)
    for (const proxy of context.found('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy')) {
      say(context, proxy, 'cluster', proxy.cluster)
      for (const cluster of proxy.weighted_clusters?.clusters ?? []) say(context, cluster, 'name', cluster.name)
    }
    for (const aggregate of context.found('envoy.extensions.clusters.aggregate.v3.ClusterConfig'))
      sayEach(context, aggregate.clusters)
    for (const zipkin of context.found('envoy.config.trace.v3.ZipkinConfig'))
      say(context, zipkin, 'collector_cluster', zipkin.collector_cluster, 'error')
    for (const source of context.found('envoy.config.core.v3.ApiConfigSource')) sayEach(context, source.cluster_names)
  },
}

function say(
  context: SemanticContext,
  node: object,
  field: string | number,
  name: string | undefined,
  severity: 'warning' | 'error' = 'warning',
): void {
  if (name === undefined || name === '' || context.clusters.has(name)) return
  const near = context.nearest(name, context.clusters)
  context.say(
    'dangling-reference',
    severity,
    node,
    field,
    `cluster "${name}" is not there`,
    near ? `did you mean "${near}"?` : '',
  )
}

function sayEach(context: SemanticContext, names: readonly string[] | undefined): void {
  for (const [i, name] of (names ?? []).entries()) say(context, names!, i, name)
}

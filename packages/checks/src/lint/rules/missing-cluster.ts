import { isMessage } from '@nuncio/config'
import { quoted } from '@nuncio/matching'
import { clusterNamesOf, routesIn } from '../common.ts'
import type { LintContext, LintRule } from '../rule.ts'

const TCP_PROXY = 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'

export const missingCluster: LintRule = {
  code: 'missing-cluster',
  severity: 'error',
  title: 'A route leads to a cluster that is not there.',
  why: 'Requests of such a route are answered with 503 (`cluster_not_found`). In files that hold no clusters at all, or that get them by CDS, nothing is said.',
  check(context) {
    const { view } = context
    if (view.clusters.size === 0 || view.loaded.bootstrap?.dynamic_resources?.cds_config !== undefined) return
    for (const { config, host, route } of routesIn(view)) {
      for (const { name, node, field } of route.route === undefined ? [] : clusterNamesOf(route.route))
        need(context, name, node, field)
      mirrors(context, host.request_mirror_policies)
      mirrors(context, config.request_mirror_policies)
    }
    for (const listener of view.loaded.listeners) {
      for (const chain of [
        ...(listener.filter_chains ?? []),
        ...(listener.default_filter_chain === undefined ? [] : [listener.default_filter_chain]),
      ]) {
        for (const { typed_config: proxy } of chain.filters ?? []) {
          if (!isMessage(proxy, TCP_PROXY)) continue
          if (proxy.cluster !== undefined) need(context, proxy.cluster, proxy, 'cluster')
          for (const cluster of proxy.weighted_clusters?.clusters ?? [])
            need(context, cluster.name ?? '', cluster, 'name')
        }
      }
    }
  },
}

function mirrors(context: LintContext, policies: readonly { readonly cluster?: string }[] | undefined): void {
  for (const policy of policies ?? [])
    if (policy.cluster !== undefined && policy.cluster !== '') need(context, policy.cluster, policy, 'cluster')
}

function need({ view, say }: LintContext, name: string, node: object, field: string): void {
  if (!view.clusters.has(name))
    say(node, field, `there is no cluster ${quoted(name)}`, 'its requests are answered with 503')
}

import { quoted } from '@nuncio/matching'
import { routesIn } from '../common.ts'
import type { ConfigView } from '../../view/config-view.ts'
import type { LintRule } from '../rule.ts'
import { walkMessages } from '../walk-messages.ts'

const BOOTSTRAP = 'envoy.config.bootstrap.v3.Bootstrap'

export const unreferencedCluster: LintRule = {
  code: 'unreferenced-cluster',
  severity: 'warning',
  title: 'A cluster that nothing leads to.',
  why: 'It is resolved and health-checked for nothing, or the route that should lead to it has another name in it. Nothing is said where names come with requests (`cluster_header`, cluster specifier plugins) or where routes and listeners come by xDS.',
  check({ view, say }) {
    const { bootstrap } = view.loaded
    if (bootstrap === undefined || isOpenEnded(view)) return
    const used = new Set<string>()
    walkMessages(BOOTSTRAP, bootstrap, ({ type }, { field }, value) => {
      if (field === 'name' && type === 'envoy.config.cluster.v3.Cluster') return
      if (
        type === 'envoy.config.endpoint.v3.ClusterLoadAssignment' ||
        type === 'envoy.config.cluster.v3.Cluster.EdsClusterConfig'
      )
        return
      for (const text of textsIn(value)) if (view.clusters.has(text)) used.add(text)
    })
    for (const config of view.loaded.routeConfigurations) {
      walkMessages('envoy.config.route.v3.RouteConfiguration', config, (_, __, value) => {
        for (const text of textsIn(value)) if (view.clusters.has(text)) used.add(text)
      })
    }
    for (const [name, cluster] of view.clusters) {
      if (!used.has(name))
        say(
          cluster,
          'name',
          `nothing in this file leads to cluster ${quoted(name)}`,
          'remove it, or look for the route that was meant to name it',
        )
    }
  },
}

/** Whether clusters may be named by what is not in the file. */
function isOpenEnded(view: ConfigView): boolean {
  if (view.loaded.bootstrap?.dynamic_resources?.lds_config !== undefined) return true
  if (view.managers.some(({ config }) => config.route_config === undefined && view.routesOf(config) === undefined))
    return true
  return routesIn(view).some(({ route: { route } }) => {
    if (route === undefined) return false
    const byHeader =
      route.cluster_header !== undefined ||
      route.weighted_clusters?.clusters?.some((cluster) => cluster.cluster_header !== undefined) === true
    return (
      byHeader || route.cluster_specifier_plugin !== undefined || route.inline_cluster_specifier_plugin !== undefined
    )
  })
}

/** Texts of a field, with those in free-form values: names may stand anywhere in an extension's configuration. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.filter((item) => typeof item === 'string')
  return []
}

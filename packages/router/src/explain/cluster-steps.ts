import type { Message } from '@nuncio/config'
import { configPlace } from '@nuncio/matching'
import { type ClusterPolicies, compileClusterPolicies } from '../action/cluster-policies.ts'
import type { ExplainStep } from '../contracts.ts'
import type { CompiledRouteTable } from '../table/route-table.ts'

/** What a cluster says of all requests to it. */
export interface ClusterSays {
  readonly policies: ClusterPolicies
  readonly at: (field: keyof Options) => ExplainStep['position']
}
type Options = Message<'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'>

const NOTHING: ClusterSays = { policies: {}, at: () => undefined }

/** The policies of a cluster, compiled as for the proxy; problems are told where the cluster is loaded. */
export function clusterSays(table: CompiledRouteTable, cluster: string): ClusterSays {
  const http = table.httpOptionsOf(cluster)
  if (http === undefined) return NOTHING
  const policies = compileClusterPolicies(http, configPlace(http, { report: () => {} })) ?? {}
  return { policies, at: (field) => table.positionOf(http, field) }
}

/** Hash and mirror policies that replace the route's. */
export function clusterSteps({ policies, at }: ClusterSays): ExplainStep[] {
  const steps: ExplainStep[] = []
  if (policies.hashPolicy !== undefined)
    steps.push({ text: "hash policy of the cluster, in place of the route's", position: at('hash_policy') })
  if (policies.mirrorPolicies !== undefined)
    steps.push({
      text: "mirror policies of the cluster, in place of the route's",
      position: at('request_mirror_policies'),
    })
  return steps
}

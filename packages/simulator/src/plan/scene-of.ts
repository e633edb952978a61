import type { LoadedAny, Message } from '@nuncio/config'
import { localityOf } from '@nuncio/cluster'
import type { SimulationPlan } from './plan.ts'
import { type RouteOfCluster, routesTo } from './routes-to.ts'

type Cluster = Message<'envoy.config.cluster.v3.Cluster'>

/** What a configuration says of one cluster, for a plan. */
export interface ClusterScene extends Pick<SimulationPlan, 'cluster' | 'ownLocality' | 'localCluster'> {
  /** Routes that lead there, in the order of the configuration. */
  readonly routes: readonly RouteOfCluster[]
}

/** Finds a cluster in a configuration, with its endpoints where those stand apart; undefined when it is not there. */
export function sceneOf(loaded: LoadedAny, name: string): ClusterScene | undefined {
  const cluster = clusterNamed(loaded, name)
  if (cluster === undefined) return undefined
  const { bootstrap } = loaded
  const local = bootstrap?.cluster_manager?.local_cluster_name
  return {
    cluster,
    routes: routesTo(name, loaded.routeConfigurations),
    ownLocality: bootstrap?.node?.locality && localityOf(bootstrap.node.locality),
    localCluster: local === undefined ? undefined : clusterNamed(loaded, local),
  }
}

function clusterNamed(loaded: LoadedAny, name: string): Cluster | undefined {
  const cluster = loaded.clusters.find((each) => each.name === name)
  if (cluster === undefined || cluster.load_assignment !== undefined) return cluster
  const service = cluster.eds_cluster_config?.service_name || name
  const assignment = loaded.loadAssignments.find((each) => each.cluster_name === service)
  return assignment === undefined ? cluster : { ...cluster, load_assignment: assignment }
}

import type { JsonObject } from '@nuncio/config'
import type { NuncioServer } from '../nuncio-server.ts'
import { typed } from './typed.ts'

const at = (wallMs: number): string => new Date(wallMs).toISOString()

/** A list under its name, and nothing where it is empty. */
export function listed(name: string, list: readonly JsonObject[]): JsonObject {
  return list.length === 0 ? {} : { [name]: list }
}

function versioned(version: string): JsonObject {
  return version === '' ? {} : { version_info: version }
}

/** Clusters that came over xDS: fields of `ClustersConfigDump`. */
export function dynamicClusters({ parts, discovery }: NuncioServer): JsonObject {
  const { active, warming } = parts.clusters.entries()
  const [used, later] = [active, warming].map((entries) =>
    entries
      .filter(({ cluster }) => cluster.addedViaApi)
      .map(({ config, version, lastUpdatedMs }) => ({
        ...versioned(version),
        cluster: typed('envoy.config.cluster.v3.Cluster', config),
        last_updated: at(lastUpdatedMs),
      })),
  )
  return {
    ...versioned(discovery.clusters.version),
    ...listed('dynamic_active_clusters', used!),
    ...listed('dynamic_warming_clusters', later!),
  }
}

/** Listeners that came over xDS, and updates that were refused: fields of `ListenersConfigDump`. */
export function dynamicListeners({ discovery }: NuncioServer): JsonObject {
  const { inUse, refused, version } = discovery.listeners
  const names = [...new Set([...inUse.keys(), ...refused.keys()])]
  const list = names.map((name): JsonObject => {
    const [active, error] = [inUse.get(name), refused.get(name)]
    return {
      name,
      ...(active !== undefined && {
        active_state: {
          ...versioned(active.version),
          listener: typed('envoy.config.listener.v3.Listener', active.config),
          last_updated: at(active.updatedMs),
        },
      }),
      ...(error !== undefined && {
        error_state: {
          failed_configuration: typed('envoy.config.listener.v3.Listener', error.config),
          last_update_attempt: at(error.atMs),
          details: error.details,
          ...versioned(error.version),
        },
      }),
    }
  })
  return { ...versioned(version), ...listed('dynamic_listeners', list) }
}

/** Routes that came over xDS: a field of `RoutesConfigDump`. */
export function dynamicRoutes({ parts }: NuncioServer): JsonObject {
  const routes = parts.services.rds.taken.map(({ config, version, updatedMs }) => ({
    ...versioned(version),
    route_config: typed('envoy.config.route.v3.RouteConfiguration', config),
    last_updated: at(updatedMs),
  }))
  return listed('dynamic_route_configs', routes)
}

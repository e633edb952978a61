import type { Message } from '@nuncio/config'
import type { Locality } from '@nuncio/cluster'
import type { Runtime } from '@nuncio/core'
import type { ServiceModel } from '../host/service-model.ts'
import type { Incident } from '../incident/incident.ts'
import type { RouteOfCluster } from './routes-to.ts'

/** All that a simulation depends on: equal plans give equal reports, wherever they run. */
export interface SimulationPlan {
  readonly cluster: Message<'envoy.config.cluster.v3.Cluster'>
  /** The route whose retries, timeouts and hash policy requests have; absent: a plain route that only hashes by key. */
  readonly route?: RouteOfCluster | undefined
  /** Mean requests per second. */
  readonly rps: number
  /** How long requests come, s; those under way at the end are waited for. */
  readonly seconds: number
  readonly seed: number
  /** `poisson` (the default): independent of each other; `even`: at equal distances. */
  readonly arrivals?: Arrivals
  /** How long requests take on hosts; the default is `DEFAULT_SERVICE`. */
  readonly service?: ServiceModel | undefined
  /** Hosts that differ from that, by address (`10.0.0.1:80`) or host name. */
  readonly services?: ReadonlyMap<string, ServiceModel> | undefined
  /** Round trip between proxy and hosts, ms; 0.5 unless given. */
  readonly roundTripMs?: number
  /** Different keys that requests bring for hash policies, each as likely as the other; 1000 unless given. */
  readonly keys?: number
  readonly incidents?: readonly Incident[]
  /** The static runtime of the configuration. */
  readonly runtime?: Runtime
  /** `node.locality`, for zone-aware routing and score terms. */
  readonly ownLocality?: Locality | undefined
  /** The cluster that `local_cluster_name` names. */
  readonly localCluster?: Message<'envoy.config.cluster.v3.Cluster'> | undefined
}

/** How requests come: by chance, or at even distances. */
export type Arrivals = 'poisson' | 'even'
/** All kinds of arrivals, in the order in which they are offered. */
export const ARRIVALS: readonly Arrivals[] = ['poisson', 'even']

/** What a simulation may cost at most; more is refused before it begins. */
export const LIMITS = Object.freeze({
  rps: 200_000,
  seconds: 3600,
  /** Requests in all. */
  requests: 5_000_000,
  /** Requests under way at the same time. */
  inFlight: 200_000,
  hosts: 2000,
  keys: 1_000_000,
})

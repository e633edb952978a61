import type { EnumName } from '@nuncio/config'
import type { UpstreamHostInfo } from '@nuncio/core'

/** Where a host is, from the widest to the narrowest. */
export interface Locality {
  readonly region: string
  readonly zone: string
  readonly subZone: string
}

/** Bits of `Host.healthFlags`; any of the first group makes a host unhealthy. */
export const HealthFlag = {
  failedActive: 1,
  failedOutlier: 2,
  failedEds: 4,
  pendingDynamicRemoval: 8,
  pendingActive: 16,
  excludedByImmediateFail: 32,
  degradedActive: 64,
  degradedEds: 128,
  degradedOutlier: 256,
  edsDraining: 512,
  activeTimeout: 1024,
} as const

/** What balancing makes of a host: `degraded` ones are taken when too few are healthy, `unhealthy` ones only in panic. */
export type Health = 'healthy' | 'degraded' | 'unhealthy'

/**
 * One endpoint of a cluster. The object lives as long as its address is a member, across updates, so that what is
 * known of it (health, active requests, latency) survives a change of configuration.
 */
export interface Host extends UpstreamHostInfo {
  /** `ip:port`, `[v6]:port` or a path: the key of hashing and of `/clusters`. */
  readonly address: string
  /** What a socket connects to. */
  readonly ip: string
  readonly port: number
  /** DNS or EDS name; '' when none. */
  readonly hostname: string
  readonly locality: Locality
  readonly priority: number
  readonly weight: number
  /** Filter metadata: namespace → fields (`envoy.lb`, …). */
  readonly metadata: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly canary: boolean
  /** Addresses to try beside the first (happy eyeballs). */
  readonly additionalAddresses: readonly { readonly ip: string; readonly port: number }[]
  readonly health: Health
  healthFlags: number
  readonly stats: HostStats
  /** Monotonic ms since when it is healthy: slow start counts from here. -Infinity or absent: for ever. */
  readonly healthySinceMs?: number
  /** The proxy that connections to it go through, by its own or its locality's metadata. Absent: none. */
  readonly proxyAddress?: { readonly ip: string; readonly port: number } | undefined
  /** What discovery said of it; absent = UNKNOWN. */
  readonly edsStatus?: HealthStatus
  /** Where active health checks go instead, and whether they do. */
  readonly healthCheckTarget?: HealthCheckTarget | undefined
}

/** A host's status as discovery and `override_host_status` name it. */
export type HealthStatus = EnumName<'envoy.config.core.v3.HealthStatus'>

/** The `health_check_config` of an endpoint, with its defaults filled in from the endpoint. */
export interface HealthCheckTarget {
  readonly ip: string
  readonly port: number
  /** The `host` of HTTP checks; '' = the endpoint's hostname or the cluster's name. */
  readonly hostname: string
  readonly disabled: boolean
}

/** Numbers of one host that balancers and `/clusters` read. Plain fields: the data plane adds to them. */
export interface HostStats {
  cxTotal: number
  cxActive: number
  cxConnectFail: number
  rqTotal: number
  rqActive: number
  rqPending: number
  rqSuccess: number
  rqError: number
  rqTimeout: number
  /** Cost units in flight (such as LLM tokens) that filters set. */
  outstandingCost: number
}

/** An immutable picture of one priority level, replaced whole when membership or health moves. */
export interface HostSet {
  readonly priority: number
  readonly hosts: readonly Host[]
  readonly healthy: readonly Host[]
  readonly degraded: readonly Host[]
  readonly excluded: readonly Host[]
  /** By locality, the proxy's own first when `hasLocalLocality`; each list parallel to `localities`. */
  readonly localities: readonly Locality[]
  readonly hostsByLocality: readonly (readonly Host[])[]
  readonly healthyByLocality: readonly (readonly Host[])[]
  readonly degradedByLocality: readonly (readonly Host[])[]
  readonly hasLocalLocality: boolean
  /** Configured weight of each locality; undefined when locality weights are not used. */
  readonly localityWeights: readonly number[] | undefined
  /** Percent; 140 by default. */
  readonly overprovisioningFactor: number
  readonly weightedPriorityHealth: boolean
}

/** The hosts of a cluster, one set for each priority; 0 comes first. */
export interface PrioritySet {
  readonly levels: readonly HostSet[]
  /** Every host by its address, kept up by the registry; absent in pictures that were made by hand. */
  readonly byAddress?: ReadonlyMap<string, Host>
}

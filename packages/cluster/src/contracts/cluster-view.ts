import type { SocketAddress } from '@nuncio/core'
import type { HostStats } from './host.ts'

/** One cluster and its hosts at one moment, as `/clusters` prints them. */
export interface ClusterView {
  readonly name: string
  readonly observabilityName: string
  readonly addedViaApi: boolean
  /** '' when it is the cluster's name. */
  readonly edsServiceName: string
  /** Success rates of outlier detection in percent, -1 = none; undefined without outlier detection. */
  readonly outlier: OutlierView | undefined
  /** Circuit breakers of the priorities DEFAULT and HIGH. */
  readonly thresholds: readonly [ThresholdsView, ThresholdsView]
  readonly hosts: readonly HostView[]
}

/** Success rates that outlier detection last found, in percent; -1 = not enough hosts or requests to say. */
export interface OutlierView {
  readonly successRateAverage: number
  readonly successRateThreshold: number
  readonly localOriginSuccessRateAverage: number
  readonly localOriginSuccessRateThreshold: number
}

/** The limits of a circuit breaker as they are now, the runtime considered. */
export interface ThresholdsView {
  readonly maxConnections: number
  readonly maxPendingRequests: number
  readonly maxRequests: number
  readonly maxRetries: number
}

/** One endpoint. */
export interface HostView {
  readonly address: SocketAddress
  /** `ip:port`, `[v6]:port` or a path. */
  readonly addressText: string
  readonly hostname: string
  readonly stats: Readonly<HostStats>
  /** Bits of `HealthFlag`. */
  readonly healthFlags: number
  /** What EDS or the configuration says. */
  readonly edsHealth: 'HEALTHY' | 'UNHEALTHY' | 'DRAINING' | 'DEGRADED' | 'TIMEOUT' | 'UNKNOWN'
  readonly weight: number
  readonly region: string
  readonly zone: string
  readonly subZone: string
  readonly canary: boolean
  readonly priority: number
  /** Percent, -1 = not known. */
  readonly successRate: number
  readonly localOriginSuccessRate: number
}

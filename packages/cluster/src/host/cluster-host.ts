import { formatAddress } from '@nuncio/core'
import type { Health, HealthCheckTarget, HealthStatus, Host, HostStats, Locality } from '../contracts/host.ts'
import { coarseHealth, withEdsStatus } from './health.ts'

/** The locality of hosts that have none. */
export const NO_LOCALITY: Locality = Object.freeze({ region: '', zone: '', subZone: '' })

type Metadata = Readonly<Record<string, Readonly<Record<string, unknown>>>>
type Additional = readonly { readonly ip: string; readonly port: number }[]
const NO_METADATA: Metadata = Object.freeze({})
const NO_ADDRESSES: Additional = Object.freeze([])

/** What membership says of one host; everything but the address has a default. */
export interface HostDescription {
  readonly ip: string
  readonly port: number
  readonly hostname?: string
  readonly locality?: Locality
  readonly priority?: number
  /** At least 1; what is smaller counts as 1. */
  readonly weight?: number
  readonly metadata?: Metadata
  readonly edsStatus?: HealthStatus
  readonly additionalAddresses?: Additional
  readonly healthCheckTarget?: HealthCheckTarget | undefined
  readonly proxyAddress?: Additional[number] | undefined
}

/**
 * A host as the registry keeps it: one object for as long as its address is a member. Only the registry and the
 * health machinery write to it; balancers and pools read.
 */
export class ClusterHost implements Host {
  readonly address: string
  readonly ip: string
  readonly port: number
  hostname = ''
  locality: Locality = NO_LOCALITY
  priority = 0
  weight = 1
  metadata: Metadata = NO_METADATA
  canary = false
  additionalAddresses: Additional = NO_ADDRESSES
  edsStatus: HealthStatus = 'UNKNOWN'
  healthCheckTarget: HealthCheckTarget | undefined = undefined
  proxyAddress: Additional[number] | undefined = undefined
  healthFlags = 0
  healthySinceMs = Number.NEGATIVE_INFINITY
  readonly stats: HostStats

  /** `predecessor`: the host of the same address in the cluster whose place is taken; its numbers go on. */
  constructor(description: HostDescription, predecessor?: ClusterHost) {
    this.stats = predecessor?.stats ?? noStats()
    this.ip = description.ip
    this.port = description.port
    this.address = formatAddress({ address: description.ip, port: description.port })
    this.describe(description)
  }

  get health(): Health {
    return coarseHealth(this.healthFlags)
  }

  /** Takes over what membership says now; says whether anything that balancing reads moved. */
  describe(description: HostDescription): boolean {
    const {
      weight = 1,
      priority = 0,
      locality = NO_LOCALITY,
      metadata = NO_METADATA,
      edsStatus = 'UNKNOWN',
    } = description
    const hostname = description.hostname ?? ''
    const flags = withEdsStatus(this.healthFlags, edsStatus)
    const usable = weight >= 1 ? weight : 1
    const moved =
      usable !== this.weight ||
      flags !== this.healthFlags ||
      priority !== this.priority ||
      hostname !== this.hostname ||
      !sameLocality(locality, this.locality) ||
      (metadata !== this.metadata && !deepEqual(metadata, this.metadata))
    this.weight = usable
    this.healthFlags = flags
    this.priority = priority
    this.hostname = hostname
    this.locality = locality
    this.metadata = metadata
    this.edsStatus = edsStatus
    this.canary = metadata['envoy.lb']?.['canary'] === true
    this.additionalAddresses = description.additionalAddresses ?? NO_ADDRESSES
    this.healthCheckTarget = description.healthCheckTarget
    this.proxyAddress = description.proxyAddress
    return moved
  }
}

function noStats(): HostStats {
  return {
    cxTotal: 0,
    cxActive: 0,
    cxConnectFail: 0,
    rqTotal: 0,
    rqActive: 0,
    rqPending: 0,
    rqSuccess: 0,
    rqError: 0,
    rqTimeout: 0,
    outstandingCost: 0,
  }
}

/** A host by hand: `createHost({ ip: '10.0.0.1', port: 80 })`. */
export function createHost(description: HostDescription): ClusterHost {
  return new ClusterHost(description)
}

/** Whether two localities are the same place. */
export function sameLocality(a: Locality, b: Locality): boolean {
  return a === b || (a.region === b.region && a.zone === b.zone && a.subZone === b.subZone)
}

/** Equality of values as configuration and metadata hold them: JSON, and bytes by their items. */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  return keys.every((key) => Object.hasOwn(right, key) && deepEqual(left[key], right[key]))
}

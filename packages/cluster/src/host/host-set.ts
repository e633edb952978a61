import type { Host, HostSet, Locality } from '../contracts/host.ts'
import { sameLocality } from './cluster-host.ts'
import { coarseHealth, isExcluded } from './health.ts'

/** What a level is built from: its hosts by locality, and how its health counts. */
export interface LevelHosts {
  readonly localities: readonly LocalityHosts[]
  /** Percent; default 140. */
  readonly overprovisioningFactor?: number
  readonly weightedPriorityHealth?: boolean
}

/** The hosts of one locality within a level. */
export interface LocalityHosts {
  readonly locality: Locality
  /** undefined = none configured. */
  readonly weight?: number | undefined
  readonly hosts: readonly Host[]
}

/**
 * The picture of one priority level as its hosts are now. Localities come in order of their names, the proxy's own
 * before all others. Control side: linear in hosts.
 */
export function buildHostSet(priority: number, level: LevelHosts, own?: Locality): HostSet {
  const steps = buildHostSetInSlices(priority, level, own)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** As `buildHostSet`, with a pause after each walk over the hosts. Whoever's health moves meanwhile may be in it twice, or not. */
export function* buildHostSetInSlices(priority: number, level: LevelHosts, own?: Locality): Generator<void, HostSet> {
  const groups = level.localities.toSorted((a, b) => compareLocalities(a.locality, b.locality, own))
  const hasLocalLocality = own !== undefined && groups[0] !== undefined && sameLocality(groups[0].locality, own)
  const hostsByLocality = groups.map((group) => group.hosts)
  const hosts = hostsByLocality.length === 1 ? hostsByLocality[0]! : hostsByLocality.flat()
  const weighted = groups.some((group) => group.weight !== undefined)
  yield
  const healthy = withHealth(hosts, 'healthy')
  yield
  const degraded = withHealth(hosts, 'degraded')
  yield
  const excluded = hosts.filter((host) => isExcluded(host.healthFlags))
  yield
  const healthyByLocality = hostsByLocality.map((list) => withHealth(list, 'healthy'))
  yield
  const degradedByLocality = hostsByLocality.map((list) => withHealth(list, 'degraded'))
  return {
    priority,
    hosts,
    healthy,
    degraded,
    excluded,
    localities: groups.map((group) => group.locality),
    hostsByLocality,
    healthyByLocality,
    degradedByLocality,
    hasLocalLocality,
    localityWeights: weighted ? groups.map((group) => group.weight ?? 0) : undefined,
    overprovisioningFactor: level.overprovisioningFactor ?? 140,
    weightedPriorityHealth: level.weightedPriorityHealth ?? false,
  }
}

/** Always a list of its own, so that its identity stands for one picture. */
function withHealth(hosts: readonly Host[], health: 'healthy' | 'degraded'): Host[] {
  const out: Host[] = []
  for (const host of hosts) if (coarseHealth(host.healthFlags) === health) out.push(host)
  return out
}

function compareLocalities(a: Locality, b: Locality, own: Locality | undefined): number {
  if (own !== undefined) {
    const first = Number(sameLocality(b, own)) - Number(sameLocality(a, own))
    if (first !== 0) return first
  }
  return compare(a.region, b.region) || compare(a.zone, b.zone) || compare(a.subZone, b.subZone)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

import type { Message, Problem } from '@nuncio/config'
import { StatsStore } from '@nuncio/core'
import type { DecidedCluster } from '../contracts/cluster-info.ts'
import { HealthFlag, type HostSet, type Locality, type PrioritySet } from '../contracts/host.ts'
import { decideCluster } from '../decide/decide-cluster.ts'
import { ClusterHost, type HostDescription } from '../host/cluster-host.ts'
import { buildHostSet, type LevelHosts } from '../host/host-set.ts'

/** A host for tests: the n-th has the address 127.0.0.1:(80 + n) unless said otherwise. */
export interface TestHost extends Partial<HostDescription> {
  readonly health?: 'healthy' | 'degraded' | 'unhealthy'
  readonly excluded?: boolean
  readonly active?: number
  readonly zone?: string
  /** Slow start counts from here. */
  readonly healthySinceMs?: number
}

/** Hosts of one level: a number makes so many plain ones. */
export function testHosts(hosts: number | readonly TestHost[], firstPort = 80): ClusterHost[] {
  const list = typeof hosts === 'number' ? Array.from({ length: hosts }, (): TestHost => ({})) : hosts
  return list.map((options, index) => {
    const locality = options.zone === undefined ? {} : { locality: { region: '', zone: options.zone, subZone: '' } }
    const host = new ClusterHost({ ip: '127.0.0.1', port: firstPort + index, ...locality, ...options })
    if (options.health === 'unhealthy') host.healthFlags |= HealthFlag.failedActive
    if (options.health === 'degraded') host.healthFlags |= HealthFlag.degradedActive
    if (options.excluded === true) host.healthFlags |= HealthFlag.excludedByImmediateFail | HealthFlag.failedActive
    host.stats.rqActive = options.active ?? 0
    if (options.healthySinceMs !== undefined) host.healthySinceMs = options.healthySinceMs
    return host
  })
}

export interface LevelOptions extends Omit<LevelHosts, 'localities'> {
  readonly priority?: number
  /** By zone name. */
  readonly localityWeights?: Readonly<Record<string, number>>
  readonly own?: Locality
}

/** The picture of a level that holds these hosts, grouped by their localities. */
export function levelOf(hosts: readonly ClusterHost[], options: LevelOptions = {}): HostSet {
  const groups = new Map<string, ClusterHost[]>()
  for (const host of hosts) groups.set(host.locality.zone, [...(groups.get(host.locality.zone) ?? []), host])
  const localities = [...groups].map(([zone, list]) => ({
    locality: list[0]!.locality,
    weight: options.localityWeights?.[zone],
    hosts: list,
  }))
  return buildHostSet(options.priority ?? 0, { ...options, localities }, options.own)
}

/** A priority set of levels, each given as hosts or as a picture. */
export function prioritiesOf(...levels: readonly (readonly ClusterHost[] | HostSet)[]): PrioritySet {
  return {
    levels: levels.map((level, priority) => ('hosts' in level ? level : levelOf(level, { priority }))),
  }
}

/** A decided cluster from a few fields; problems go into the list. */
export function testCluster(
  config: Message<'envoy.config.cluster.v3.Cluster'> = {},
  problems: Problem[] = [],
): DecidedCluster & { readonly problems: Problem[] } {
  const info = decideCluster(
    { name: 'test', ...config },
    { stats: new StatsStore(), report: (problem) => problems.push(problem) },
  )
  return Object.freeze({ ...info, problems })
}

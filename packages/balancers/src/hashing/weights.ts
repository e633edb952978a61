import type { Host, HostSet } from '@nuncio/cluster'

/** The hosts of a level that hashing spreads over, with weights that add up to 1. */
export interface WeightedHosts {
  readonly hosts: readonly Host[]
  readonly weights: Float64Array
  /** The least and the greatest weight; 1 and 0 without hosts. */
  readonly least: number
  readonly greatest: number
}

/**
 * Normalises weights: over all healthy hosts (all hosts in panic), or, with locality weights, over each locality's
 * share. Degraded hosts never take part. A locality without weight is left out.
 */
export function normaliseWeights(set: HostSet, panic: boolean, byLocality: boolean): WeightedHosts {
  const groups: { hosts: readonly Host[]; share: number }[] = []
  if (byLocality && set.localityWeights !== undefined && set.localityWeights.length > 0) {
    const lists = panic ? set.hostsByLocality : set.healthyByLocality
    const total = set.localityWeights.reduce((sum, weight) => sum + weight, 0)
    for (const [i, hosts] of lists.entries()) {
      const share = set.localityWeights[i]! / total
      if (share > 0) groups.push({ hosts, share })
    }
  } else groups.push({ hosts: panic ? set.hosts : set.healthy, share: 1 })
  const hosts = groups.flatMap((group) => group.hosts)
  const weights = new Float64Array(hosts.length)
  let [at, least, greatest] = [0, 1, 0]
  for (const group of groups) {
    const sum = group.hosts.reduce((total, host) => total + host.weight, 0)
    for (const host of group.hosts) {
      const weight = (host.weight * group.share) / sum
      weights[at++] = weight
      least = Math.min(least, weight)
      greatest = Math.max(greatest, weight)
    }
  }
  return { hosts, weights, least, greatest }
}

/** What of a host is hashed: its `envoy.lb` `hash_key`, else its hostname when that is asked for, else its address. */
export function hashKey(host: Host, useHostname: boolean): string {
  const key = host.metadata['envoy.lb']?.['hash_key']
  if (typeof key === 'string' && key !== '') return key
  return useHostname && host.hostname !== '' ? host.hostname : host.address
}

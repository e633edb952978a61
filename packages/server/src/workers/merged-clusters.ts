import type { ClusterView, HostView } from '@nuncio/cluster'

/** The clusters of several workers as one: what hosts did is summed, and a host has a flag when a worker gave it one. */
export function mergeClusters(views: readonly (readonly ClusterView[])[]): ClusterView[] {
  const byName = new Map<string, ClusterView[]>()
  for (const cluster of views.flat()) byName.set(cluster.name, [...(byName.get(cluster.name) ?? []), cluster])
  return [...byName.values()].map((same) => ({ ...same[0]!, hosts: mergeHosts(same.map(({ hosts }) => hosts)) }))
}

function mergeHosts(lists: readonly (readonly HostView[])[]): HostView[] {
  const byPlace = new Map<string, HostView[]>()
  for (const host of lists.flat()) {
    const place = `${host.priority}/${host.region}/${host.zone}/${host.subZone}/${host.addressText}`
    byPlace.set(place, [...(byPlace.get(place) ?? []), host])
  }
  return [...byPlace.values()].map(mergeHost)
}

function mergeHost(same: readonly HostView[]): HostView {
  const first = same[0]!
  if (same.length === 1) return first
  const names = Object.keys(first.stats) as (keyof HostView['stats'])[]
  const stats = Object.fromEntries(names.map((name) => [name, same.reduce((sum, host) => sum + host.stats[name], 0)]))
  return {
    ...first,
    stats: stats as unknown as HostView['stats'],
    healthFlags: same.reduce((flags, host) => flags | host.healthFlags, 0),
    successRate: average(same.map((host) => host.successRate)),
    localOriginSuccessRate: average(same.map((host) => host.localOriginSuccessRate)),
  }
}

/** Of the rates that are known; -1 when none is. */
function average(rates: readonly number[]): number {
  const known = rates.filter((rate) => rate >= 0)
  return known.length === 0 ? -1 : known.reduce((sum, rate) => sum + rate, 0) / known.length
}

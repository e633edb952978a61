import { type Host, type HostSet, isExcluded } from '@nuncio/cluster'

/**
 * A level with some of its hosts: `lists` holds them by locality, parallel to the level's localities. `weights`:
 * drop the locality weights, keep them, or scale them by how many hosts each locality kept.
 */
export function filterHostSet(
  level: HostSet,
  lists: readonly (readonly Host[])[],
  weights: 'drop' | 'keep' | 'scale',
): HostSet {
  const hosts = lists.length === 1 ? lists[0]! : lists.flat()
  const healthyByLocality = lists.map((list) => list.filter((host) => host.health === 'healthy'))
  const degradedByLocality = lists.map((list) => list.filter((host) => host.health === 'degraded'))
  return {
    ...level,
    hosts,
    healthy: healthyByLocality.flat(),
    degraded: degradedByLocality.flat(),
    excluded: hosts.filter((host) => isExcluded(host.healthFlags)),
    hostsByLocality: lists,
    healthyByLocality,
    degradedByLocality,
    localityWeights: weights === 'drop' ? undefined : weights === 'keep' ? level.localityWeights : scaled(level, lists),
  }
}

function scaled(level: HostSet, lists: readonly (readonly Host[])[]): readonly number[] | undefined {
  return level.localityWeights?.map((weight, i) => {
    const all = level.hostsByLocality[i]!.length
    return all === 0 ? 0 : Math.round((weight * lists[i]!.length) / all)
  })
}

import type { Entry, Node } from '../tree/node.ts'

/**
 * Adds what `<<` brings: the entries of a map, or of each map of a list, whose keys are not there yet.
 * False when the value is neither.
 */
export function mergeEntries(into: Entry[], value: Node): boolean {
  if (value.kind === 'scalar') return false
  const maps = value.kind === 'map' ? [value] : value.items
  const have = new Set(into.map((entry) => entry.key))
  for (const map of maps) {
    if (map.kind !== 'map') return false
    for (const entry of map.entries) {
      if (have.has(entry.key)) continue
      have.add(entry.key)
      into.push({ ...entry })
    }
  }
  return true
}

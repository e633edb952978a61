import type { MapModel } from './model.ts'

/** A node with all that leads to it and all that it leads to. */
export function relatives(model: MapModel, id: string): ReadonlySet<string> {
  const found = new Set([id])
  const walk = (from: 'from' | 'to', to: 'from' | 'to'): void => {
    const open = [id]
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const edge of model.edges) {
        if (edge[from] !== at || found.has(edge[to])) continue
        found.add(edge[to])
        open.push(edge[to])
      }
    }
  }
  walk('from', 'to')
  walk('to', 'from')
  return found
}

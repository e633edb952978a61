import type { MapModel } from './model.ts'
import type { Layout } from './placed.ts'

interface EdgesProps {
  readonly model: MapModel
  readonly layout: Layout
  readonly lit: ReadonlySet<string>
}

/** What leads where, as lines behind the nodes; those that are lit lie over the others. */
export function Edges({ model, layout, lit }: EdgesProps) {
  const edges = model.edges.map(({ from, to }) => ({ from, to, lit: lit.has(from) && lit.has(to) }))
  return (
    <svg class="map-edges" width={layout.width} height={layout.height} aria-hidden="true">
      {edges
        .toSorted((a, b) => Number(a.lit) - Number(b.lit))
        .map((edge) => (
          <path key={`${edge.from} ${edge.to}`} class="edge" data-lit={edge.lit} d={line(layout, edge.from, edge.to)} />
        ))}
    </svg>
  )
}

function line({ byId, path }: Layout, from: string, to: string): string {
  const a = byId.get(from)
  const b = byId.get(to)
  return a === undefined || b === undefined ? '' : path(a, b)
}

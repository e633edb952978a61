import { type Layout, NODE_HEIGHT } from './layout.ts'
import type { MapModel } from './model.ts'

interface EdgesProps {
  readonly model: MapModel
  readonly layout: Layout
  readonly lit: ReadonlySet<string>
}

/** What leads where, as curves behind the nodes. */
export function Edges({ model, layout, lit }: EdgesProps) {
  return (
    <svg class="map-edges" width={layout.width} height={layout.height} aria-hidden="true">
      {model.edges.map(({ from, to }) => (
        <path key={`${from} ${to}`} class="edge" data-lit={lit.has(from) && lit.has(to)} d={curve(layout, from, to)} />
      ))}
    </svg>
  )
}

function curve({ byId, nodeWidth }: Layout, from: string, to: string): string {
  const a = byId.get(from)
  const b = byId.get(to)
  if (a === undefined || b === undefined) return ''
  const [x1, y1, x2, y2] = [a.x + nodeWidth, a.y + NODE_HEIGHT / 2, b.x, b.y + NODE_HEIGHT / 2]
  const bend = Math.max(14, (x2 - x1) / 2)
  return `M${x1},${y1}C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`
}

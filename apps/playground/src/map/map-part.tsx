import { useComputed, useSignal } from '@preact/signals'
import { cursorLine } from '../state/cursor.ts'
import { answer, litNodes, overview } from '../state/store.ts'
import { Edges } from './edges.tsx'
import { layOut, nodeWidth } from './layout.ts'
import type { MapModel } from './model.ts'
import { Node, TITLES } from './node.tsx'
import { relatives } from './relatives.ts'
import { useRoom } from './use-room.ts'

const EMPTY: MapModel = { nodes: [], edges: [] }

/** The configuration as a picture: what leads where. The way of the request is lit; touching a node lights its own. */
export function MapPart() {
  const { ref, width: room } = useRoom()
  const layout = useComputed(() => {
    const map = overview.value?.map ?? EMPTY
    return layOut(map, nodeWidth(map, room.value))
  })
  const touched = useSignal('')
  const model = overview.value?.map ?? EMPTY
  const lit = touched.value === '' ? litNodes.value : relatives(model, touched.value)
  const here = nodeAt(model, cursorLine.value)
  const { width, height, columns, nodes, nodeWidth: wide } = layout.value
  return (
    <div class="map-scroll" ref={ref}>
      {overview.value !== undefined && nodes.length === 0 && (
        <p class="empty">There is nothing to draw yet: no listener, no route, no cluster.</p>
      )}
      <div class="map" style={{ width: `${width}px` }} data-lit={lit.size > 0}>
        <div class="map-heads">
          {columns.map(({ column, x }) => (
            <h2 key={column} class="map-head" style={{ left: `${x}px`, width: `${wide}px` }}>
              {TITLES[column]}
            </h2>
          ))}
        </div>
        <div class="map-field" style={{ height: `${height}px` }}>
          <Edges model={model} layout={layout.value} lit={lit} />
          {nodes.map((placed) => (
            <Node
              key={placed.node.id}
              placed={placed}
              width={wide}
              lit={lit.has(placed.node.id)}
              here={placed.node.id === here}
              onTouch={(id) => (touched.value = id)}
            />
          ))}
        </div>
      </div>
      {answer.value !== undefined && nodes.length > 0 && <p class="map-way">{answer.value.verdict}</p>}
    </div>
  )
}

/** The node that the editor's cursor is in: the last one that begins before it. */
function nodeAt(model: MapModel, line: number): string {
  let best = { id: '', line: 0 }
  for (const node of model.nodes) if (node.line > 0 && node.line <= line && node.line >= best.line) best = node
  return best.id
}

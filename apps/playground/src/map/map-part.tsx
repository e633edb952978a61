import { useComputed, useSignal } from '@preact/signals'
import { useRoom } from '../app/use-room.ts'
import { cursorLine } from '../state/cursor.ts'
import { checked, litNodes, overview, text } from '../state/store.ts'
import { Edges } from './edges.tsx'
import { layOut } from './layout.ts'
import { MapWay } from './map-way.tsx'
import type { MapModel } from './model.ts'
import { Node } from './node.tsx'
import { relatives } from './relatives.ts'

const EMPTY: MapModel = { nodes: [], edges: [] }

/** The configuration as a picture: what leads where. The way of the request is lit; touching a node lights its own. */
export function MapPart() {
  const { ref, width: room } = useRoom()
  const layout = useComputed(() => layOut(overview.value?.map ?? EMPTY, room.value))
  const touched = useSignal('')
  const model = overview.value?.map ?? EMPTY
  const lit = touched.value === '' ? litNodes.value : relatives(model, touched.value)
  const here = nodeAt(model, cursorLine.value)
  const { width, height, heads, nodes } = layout.value
  return (
    <div class="map-scroll" ref={ref}>
      {overview.value !== undefined && nodes.length === 0 && <p class="empty">{whyEmpty()}</p>}
      {nodes.length > 0 && <MapWay />}
      <div class="map" style={{ width: `${width}px`, height: `${height}px` }} data-lit={lit.size > 0}>
        <Edges model={model} layout={layout.value} lit={lit} />
        {heads.map(({ text: head, x, y, width: wide }) => (
          <h2 key={head} class="map-head" style={{ left: `${x}px`, top: `${y}px`, width: `${wide}px` }}>
            {head}
          </h2>
        ))}
        {nodes.map((placed) => (
          <Node
            key={placed.node.id}
            placed={placed}
            lit={lit.has(placed.node.id)}
            here={placed.node.id === here}
            onTouch={(id) => (touched.value = id)}
          />
        ))}
      </div>
    </div>
  )
}

function whyEmpty(): string {
  if (text.value.trim() === '')
    return 'Paste an Envoy configuration into the editor, open a file, or choose an example.'
  return checked.value?.readable === false
    ? 'There is nothing to draw: the text is neither YAML nor JSON that can be read.'
    : 'There is nothing to draw yet: no listener, no route, no cluster.'
}

/** The node that the editor's cursor is in: the last one that begins before it. */
function nodeAt(model: MapModel, line: number): string {
  let best = { id: '', line: 0 }
  for (const node of model.nodes) if (node.line > 0 && node.line <= line && node.line >= best.line) best = node
  return best.id
}

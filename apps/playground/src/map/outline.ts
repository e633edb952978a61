import { COLUMNS, type MapModel, type MapNode } from './model.ts'
import { type Head, type Layout, NODE_HEIGHT, type PlacedNode, TITLES } from './placed.ts'

const INDENT = 18
const GAP = 6
const HEAD = 26
/** Nodes that have one line. */
const LOW = 30
/** Wider than this, an outline is no easier to read. */
const WIDEST = 480
/** Beside the nodes run the lines to clusters, each in one of these. */
const LANES = 4
const LANE_WIDTH = 4

/**
 * Places a map for a narrow window: everything below what leads to it, a step to the right; clusters, which many routes
 * lead to, in a list of their own.
 */
export function asOutline(model: MapModel, room: number): Layout {
  return new Outline(model, Math.max(INDENT * COLUMNS.length * 2, Math.min(room, WIDEST))).layout()
}

class Outline {
  readonly #model: MapModel
  readonly #width: number
  readonly #byId = new Map<string, PlacedNode>()
  readonly #heads: Head[] = []
  #y = 0

  constructor(model: MapModel, width: number) {
    this.#model = model
    this.#width = width
  }

  layout(): Layout {
    const children = childrenOf(this.#model)
    for (const column of COLUMNS) {
      const top = this.#model.nodes.filter((node) => node.column === column && !this.#byId.has(node.id))
      if (top.length === 0) continue
      if (this.#y > 0) this.#y += GAP
      this.#heads.push({ text: TITLES[column], x: 0, y: this.#y, width: this.#width })
      this.#y += HEAD
      for (const node of top) this.#place(node, 0, children)
    }
    const lanes = lanesOf(this.#model)
    return {
      nodes: [...this.#byId.values()],
      byId: this.#byId,
      width: this.#width,
      height: Math.max(0, this.#y - GAP),
      heads: this.#heads,
      path: (from, to) => (isBelow(from.node, to.node) ? elbow(from, to) : this.#around(from, to, lanes)),
    }
  }

  #place(node: MapNode, depth: number, children: ReadonlyMap<string, readonly MapNode[]>): void {
    if (this.#byId.has(node.id)) return
    const height = node.detail === '' ? LOW : NODE_HEIGHT
    const x = depth * INDENT
    this.#byId.set(node.id, { node, x, y: this.#y, width: this.#width - x - LANES * LANE_WIDTH, height })
    this.#y += height + GAP
    for (const child of children.get(node.id) ?? []) this.#place(child, depth + 1, children)
  }

  /** Over a lane at the right side. */
  #around(from: PlacedNode, to: PlacedNode, lanes: ReadonlyMap<string, number>): string {
    const lane = this.#width - LANE_WIDTH * (0.5 + (lanes.get(to.node.id) ?? 0))
    return `M${from.x + from.width},${from.y + from.height / 2}H${lane}V${to.y + to.height / 2}H${to.x + to.width}`
  }
}

/** Down beside what is indented, then to the right. */
function elbow(from: PlacedNode, to: PlacedNode): string {
  return `M${from.x + INDENT / 2},${from.y + from.height}V${to.y + to.height / 2}H${to.x}`
}

function isBelow(from: MapNode, to: MapNode): boolean {
  return to.column !== 'cluster' && COLUMNS.indexOf(to.column) > COLUMNS.indexOf(from.column)
}

function childrenOf({ nodes, edges }: MapModel): ReadonlyMap<string, readonly MapNode[]> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const children = new Map<string, MapNode[]>()
  for (const { from, to } of edges) {
    const [parent, child] = [byId.get(from), byId.get(to)]
    if (parent === undefined || child === undefined || !isBelow(parent, child)) continue
    const known = children.get(from)
    if (known === undefined) children.set(from, [child])
    else known.push(child)
  }
  return children
}

function lanesOf({ nodes }: MapModel): ReadonlyMap<string, number> {
  const clusters = nodes.filter(({ column }) => column === 'cluster')
  return new Map(clusters.map(({ id }, i) => [id, i % LANES]))
}

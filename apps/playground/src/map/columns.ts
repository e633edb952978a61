import { COLUMNS, type MapModel, type MapNode } from './model.ts'
import { type Layout, NODE_HEIGHT, type PlacedNode, TITLES } from './placed.ts'

export const ROW_GAP = 10
const COLUMN_GAP = 30
/** Room for the names of the columns. */
const HEAD = 26
const STEP = NODE_HEIGHT + ROW_GAP

/** Nodes are as wide as the room lets them be, within what can be read. */
const NARROWEST = 112
const WIDEST = 220

/** How wide the nodes of a map are in so much room; undefined when they would be too narrow to be read. */
export function nodeWidth(model: MapModel, room: number): number | undefined {
  const columns = new Set(model.nodes.map(({ column }) => column)).size
  const each = Math.floor((room - Math.max(0, columns - 1) * COLUMN_GAP) / Math.max(1, columns))
  return each < NARROWEST ? undefined : Math.min(WIDEST, each)
}

/**
 * Places a map in columns without overlap: the longest column at equal distances, the others as near as they can be to
 * what they are connected with. Columns that hold nothing take no room.
 */
export function inColumns(model: MapModel, width: number): Layout {
  const columns = COLUMNS.map((column) => model.nodes.filter((node) => node.column === column)).filter(
    (nodes) => nodes.length > 0,
  )
  const neighbours = neighboursOf(model)
  const y = new Map<string, number>()
  const longest = columns.reduce((best, nodes, i) => (nodes.length > (columns[best]?.length ?? 0) ? i : best), 0)
  columns[longest]?.forEach(({ id }, i) => y.set(id, i * STEP))
  for (let i = longest - 1; i >= 0; i--) settle(columns[i]!, neighbours, y)
  for (let i = longest + 1; i < columns.length; i++) settle(columns[i]!, neighbours, y)
  const top = Math.min(0, ...y.values()) - HEAD
  const xOf = (column: number): number => column * (width + COLUMN_GAP)
  const placed = columns.flatMap((nodes, i) =>
    nodes.map((node) => ({ node, x: xOf(i), y: y.get(node.id)! - top, width, height: NODE_HEIGHT })),
  )
  return {
    nodes: placed,
    byId: new Map(placed.map((each) => [each.node.id, each])),
    width: Math.max(0, columns.length * (width + COLUMN_GAP) - COLUMN_GAP),
    height: Math.max(0, ...placed.map((each) => each.y + NODE_HEIGHT)),
    heads: columns.map((nodes, i) => ({ text: TITLES[nodes[0]!.column], x: xOf(i), y: 0, width })),
    path: curve,
  }
}

/** From the right of one node to the left of another. */
function curve(from: PlacedNode, to: PlacedNode): string {
  const [x1, y1, x2, y2] = [from.x + from.width, from.y + from.height / 2, to.x, to.y + to.height / 2]
  const bend = Math.max(14, (x2 - x1) / 2)
  return `M${x1},${y1}C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`
}

function neighboursOf(model: MapModel): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  const add = (from: string, to: string): void => {
    const known = found.get(from)
    if (known === undefined) found.set(from, [to])
    else known.push(to)
  }
  for (const { from, to } of model.edges) {
    add(from, to)
    add(to, from)
  }
  return found
}

interface Block {
  /** Sum of the wishes of its nodes, each less its offset in the block. */
  sum: number
  count: number
}

/**
 * Gives the nodes of a column their places: in the order of what they wish for, each a step below the one before, with
 * the least sum of squared distances to the wishes (pool adjacent violators).
 */
function settle(
  nodes: readonly MapNode[],
  neighbours: ReadonlyMap<string, readonly string[]>,
  y: Map<string, number>,
): void {
  const wishes = nodes.map(({ id }, i) => ({ id, i, wish: wishOf(id, neighbours, y) }))
  let last = 0
  for (const each of wishes) last = each.wish ??= last
  const ordered = wishes.toSorted((a, b) => a.wish! - b.wish! || a.i - b.i)
  const blocks: Block[] = []
  for (const [i, { wish }] of ordered.entries()) {
    let block: Block = { sum: wish! - i * STEP, count: 1 }
    for (
      let before = blocks.at(-1);
      before !== undefined && before.sum / before.count > block.sum / block.count;
      before = blocks.at(-1)
    ) {
      blocks.pop()
      block = { sum: before.sum + block.sum, count: before.count + block.count }
    }
    blocks.push(block)
  }
  let at = 0
  for (const { sum, count } of blocks) {
    for (let i = 0; i < count; i++, at++) y.set(ordered[at]!.id, sum / count + at * STEP)
  }
}

/** The middle of what is placed already of its neighbours; undefined when none is. */
function wishOf(
  id: string,
  neighbours: ReadonlyMap<string, readonly string[]>,
  y: ReadonlyMap<string, number>,
): number | undefined {
  const places = (neighbours.get(id) ?? []).flatMap((other) => y.get(other) ?? [])
  return places.length === 0 ? undefined : places.reduce((sum, place) => sum + place, 0) / places.length
}

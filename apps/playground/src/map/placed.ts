import type { MapColumn, MapNode } from './model.ts'

export const NODE_HEIGHT = 44

export const TITLES: Readonly<Record<MapColumn, string>> = {
  listener: 'Listeners',
  chain: 'Filter chains',
  host: 'Virtual hosts',
  route: 'Routes',
  cluster: 'Clusters',
  endpoint: 'Endpoints',
}

/** A node with its box, in px. */
export interface PlacedNode {
  readonly node: MapNode
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A map with a place for everything. No two boxes overlap. */
export interface Layout {
  readonly nodes: readonly PlacedNode[]
  readonly byId: ReadonlyMap<string, PlacedNode>
  readonly width: number
  readonly height: number
  /** What stands over the nodes, a line high. */
  readonly heads: readonly Head[]
  /** The line of an edge, as the `d` of an SVG path. */
  readonly path: (from: PlacedNode, to: PlacedNode) => string
}

export interface Head {
  readonly text: string
  readonly x: number
  readonly y: number
  readonly width: number
}

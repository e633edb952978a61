import { inColumns, nodeWidth } from './columns.ts'
import type { MapModel } from './model.ts'
import { asOutline } from './outline.ts'
import type { Layout } from './placed.ts'

/** Lays a map out in columns, or as an outline where there is no room for them. */
export function layOut(model: MapModel, room: number): Layout {
  const width = nodeWidth(model, room)
  return width === undefined ? asOutline(model, room) : inColumns(model, width)
}

import type { Position, Sources } from '../position.ts'
import { camelCase } from '../schema/names.ts'
import type { Node } from '../tree/node.ts'
import type { Texts } from '../tree/texts.ts'

/** Places by the identity of what was made; a place is looked up only when it is asked for. */
export class TreeSources implements Sources {
  readonly #texts: Texts
  readonly #places: WeakMap<object, Node>

  constructor(texts: Texts, places: WeakMap<object, Node>) {
    this.#texts = texts
    this.#places = places
  }

  positionOf(node: object, field?: string | number): Position | undefined {
    const place = this.#places.get(node)
    if (!place) return undefined
    const offset = field === undefined ? place.offset : offsetOf(place, field)
    return offset === undefined || offset < 0 ? undefined : this.#texts.position(offset)
  }
}

function offsetOf(node: Node, field: string | number): number | undefined {
  if (typeof field === 'number')
    return node.kind === 'list' ? node.items[field]?.offset : field === 0 ? node.offset : undefined
  if (node.kind !== 'map') return undefined
  const camel = camelCase(field)
  return node.entries.find(({ key }) => key === field || key === camel)?.keyOffset
}

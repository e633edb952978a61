import type { FieldType } from '../schema/field-type.ts'
import { isNull, mapNode, type Node, scalarNode } from '../tree/node.ts'
import { wrongType } from './scalar.ts'
import type { Walk } from './walk.ts'

const MAPS: ReadonlySet<FieldType['kind']> = new Set(['message', 'any', 'struct'])
/** What a plain null among the items of a list stands for where it is no map. */
const NOTHING: { readonly [kind in FieldType['kind']]?: string } = {
  string: '',
  bytes: '',
  bool: 'false',
  int: '0',
  float: '0',
  enum: '0',
  duration: '0s',
}

/**
 * The items of a list as Envoy's parser takes them: a single value is a list of one, a list among the items stands for its own
 * items, and null for an item that says nothing.
 */
export function itemsOf(walk: Walk, field: FieldType, node: Node): readonly Node[] {
  if (field.kind === 'value') return node.kind === 'list' ? node.items : [node]
  if (node.kind !== 'list') return [node]
  if (node.items.every((item) => item.kind !== 'list' && !isNull(item))) return node.items
  return node.items.flatMap((item) => {
    if (item.kind === 'list') {
      walk.say(
        'odd-item',
        'warning',
        item.offset,
        'a list in a list: its items are taken for items of the list around it',
      )
      return itemsOf(walk, field, item)
    }
    return isNull(item) ? nothing(walk, field, item) : item
  })
}

function nothing(walk: Walk, field: FieldType, item: Node): readonly Node[] {
  const text = NOTHING[field.kind]
  if (text === undefined && !MAPS.has(field.kind)) {
    wrongType(walk, item, 'an item')
    return []
  }
  walk.say(
    'odd-item',
    'warning',
    item.offset,
    'an item that says nothing is taken for an empty one',
    'take the dash away',
  )
  return [text === undefined ? mapNode(item.offset) : scalarNode(item.offset, text, false)]
}

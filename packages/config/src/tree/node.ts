/**
 * A configuration text as a tree, whatever it was written in. Offsets count UTF-16 units in the space of `Texts`, where
 * several files lie one after the other.
 */
export type Node = MapNode | ListNode | ScalarNode

export interface Entry {
  key: string
  keyOffset: number
  value: Node
}

export interface MapNode {
  readonly kind: 'map'
  readonly offset: number
  entries: Entry[]
}

export interface ListNode {
  readonly kind: 'list'
  readonly offset: number
  items: Node[]
}

export interface ScalarNode {
  readonly kind: 'scalar'
  readonly offset: number
  readonly text: string
  /** Written without quotes, so that it may stand for null, true or a number. */
  readonly plain: boolean
}

export function mapNode(offset: number, entries: Entry[] = []): MapNode {
  return { kind: 'map', offset, entries }
}

export function listNode(offset: number, items: Node[] = []): ListNode {
  return { kind: 'list', offset, items }
}

export function scalarNode(offset: number, text: string, plain: boolean): ScalarNode {
  return { kind: 'scalar', offset, text, plain }
}

/** What a plain value makes as a tree, all of it at one place. */
export function nodeOf(value: unknown, offset: number): Node {
  if (Array.isArray(value)) {
    return listNode(
      offset,
      value.map((item) => nodeOf(item, offset)),
    )
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => ({
      key,
      keyOffset: offset,
      value: nodeOf(item, offset),
    }))
    return mapNode(offset, entries)
  }
  return typeof value === 'string' ? scalarNode(offset, value, false) : scalarNode(offset, String(value), true)
}

/** The last entry of a key: what counts where a key was written twice. */
export function entryOf(node: Node | undefined, key: string): Entry | undefined {
  if (node?.kind !== 'map') return undefined
  for (let i = node.entries.length - 1; i >= 0; i--) if (node.entries[i]!.key === key) return node.entries[i]
  return undefined
}

export function valueOf(node: Node | undefined, key: string): Node | undefined {
  return entryOf(node, key)?.value
}

/** The text of a scalar that is not null. */
export function textOf(node: Node | undefined): string | undefined {
  return node?.kind === 'scalar' && !isNull(node) ? node.text : undefined
}

/** Null is absent: `key:`, `key: null` and `key: ~`. */
export function isNull(node: Node): boolean {
  if (node.kind !== 'scalar' || !node.plain) return false
  const text = node.text
  return text === '' || text === 'null' || text === '~' || text === 'Null' || text === 'NULL'
}

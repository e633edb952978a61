import { type Entry, type MapNode, type Node, valueOf } from '../tree/node.ts'
import { camelCase } from '../schema/names.ts'
import type { Path, Edit } from './edit.ts'

/** What a short form sees and does: the place in the tree, and the changes it makes there. */
export interface ShortFormContext {
  /** From the root to the node. */
  readonly path: Path
  /** Says that a short form stands here; `canonical` shows what it stands for. */
  say(offset: number, message: string, canonical: string): void
  /** Notes a change that was made to the tree. */
  note(edit: Edit): void
  /** The same context, for a node elsewhere. */
  at(path: Path): ShortFormContext
}

/** Replaces a short form where a message of one type stands; returns the node to read instead. */
export type ShortForm = (node: Node, context: ShortFormContext) => Node

/** The entry of a field, in either spelling. */
export function fieldEntry(node: Node | undefined, field: string): Entry | undefined {
  if (node?.kind !== 'map') return undefined
  const camel = camelCase(field)
  return node.entries.find(({ key }) => key === field || key === camel)
}

export function fieldValue(node: Node | undefined, field: string): Node | undefined {
  return fieldEntry(node, field)?.value
}

/** The items of a list, or the one item that stands for a list of one. */
export function itemsOf(node: Node | undefined): readonly Node[] {
  return node === undefined ? [] : node.kind === 'list' ? node.items : node.kind === 'map' ? [node] : []
}

/** The full name that `@type` gives. */
export function typeOf(node: Node | undefined): string | undefined {
  const type = valueOf(node, '@type')
  return type?.kind === 'scalar' ? type.text.slice(type.text.lastIndexOf('/') + 1) : undefined
}

/** Adds an entry or replaces its value, in the tree and in the notes. */
export function setField(
  context: ShortFormContext,
  node: MapNode,
  field: string,
  value: Node,
  offset: number,
  path: Path = context.path,
): void {
  const entry = fieldEntry(node, field)
  if (entry) entry.value = value
  else node.entries.push({ key: field, keyOffset: offset, value })
  context.note({ op: 'set', path: [...path, field], value })
}

export function removeField(context: ShortFormContext, node: MapNode, field: string, path: Path = context.path): void {
  node.entries = node.entries.filter(({ key }) => key !== field)
  context.note({ op: 'remove', path: [...path, field] })
}

export function renameField(context: ShortFormContext, entry: Entry, key: string): void {
  context.note({ op: 'rename', path: [...context.path, entry.key], key })
  entry.key = key
}

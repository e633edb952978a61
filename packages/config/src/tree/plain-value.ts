import { isNull, type Node } from './node.ts'
import { coreBoolean, numberOf } from './scalar.ts'

/** The plain value that a tree stands for. */
export function plainValue(node: Node): unknown {
  if (node.kind === 'list') return node.items.map(plainValue)
  if (node.kind === 'map') return Object.fromEntries(node.entries.map(({ key, value }) => [key, plainValue(value)]))
  if (!node.plain) return node.text
  return isNull(node) ? null : (coreBoolean(node.text) ?? numberOf(node.text) ?? node.text)
}

import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node as YamlNode,
  type Pair,
  type YAMLMap,
} from 'yaml'
import { camelCase } from '../schema/names.ts'
import type { NotedEdit, Path } from '../short-forms/edit.ts'

/** Makes the changes of a tree in the document that it was read from; comments stay where they are. */
export function applyEdits(document: Document, edits: readonly NotedEdit[]): void {
  for (const edit of edits) applyEdit(document, edit)
}

function applyEdit(document: Document, edit: NotedEdit): void {
  const parent = locate(document, edit.path.slice(0, -1))
  const key = edit.path.at(-1)!
  switch (edit.op) {
    case 'set':
      setAt(document, parent, key, document.createNode(edit.value) as YamlNode)
      return
    case 'rename': {
      const pair = isMap(parent) ? pairOf(parent, key) : undefined
      if (pair) rename(document, pair, edit.key)
      return
    }
    case 'remove':
      removeAt(parent, key)
      return
    case 'move': {
      const pair = isMap(parent) ? pairOf(parent, key) : undefined
      const target = locate(document, edit.to.slice(0, -1))
      if (!pair || !isMap(target)) return
      removeAt(parent, key)
      rename(document, pair, String(edit.to.at(-1)))
      if (isScalar(pair.key)) pair.key.spaceBefore = false
      target.items.push(pair)
    }
  }
}

/** The node at a path; aliases and `<<` are followed, and a single value stands for a list of one. */
function locate(document: Document, path: Path): YamlNode | undefined {
  let node = resolve(document, document.contents)
  for (const step of path) {
    if (isSeq(node)) node = resolve(document, node.items[Number(step)] as YamlNode | undefined)
    else if (isMap(node) && typeof step === 'string') node = resolve(document, pairIn(document, node, step)?.value)
    else if (!(isMap(node) && step === 0)) return undefined
  }
  return node
}

function resolve(document: Document, node: YamlNode | null | undefined): YamlNode | undefined {
  return (isAlias(node) ? node.resolve(document) : node) ?? undefined
}

type YamlPair = Pair<YamlNode, YamlNode | null>

function keyOf(pair: unknown): string | undefined {
  return isPair(pair) && isScalar(pair.key) ? textOfKey(pair.key.value) : undefined
}

function textOfKey(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The pair of a key as it is written, or of a field in its other spelling. */
function pairOf(map: YAMLMap, key: string | number): YamlPair | undefined {
  const text = String(key)
  const pair =
    map.items.findLast((item) => keyOf(item) === text) ?? map.items.findLast((item) => keyOf(item) === camelCase(text))
  return pair as YamlPair | undefined
}

function pairIn(document: Document, map: YAMLMap, key: string): YamlPair | undefined {
  const own = pairOf(map, key)
  if (own) return own
  const merged = resolve(document, pairOf(map, '<<')?.value)
  const sources = isSeq(merged) ? merged.items.map((item) => resolve(document, item as YamlNode)) : [merged]
  for (const source of sources) {
    const pair = isMap(source) ? pairIn(document, source, key) : undefined
    if (pair) return pair
  }
  return undefined
}

function setAt(document: Document, parent: YamlNode | undefined, key: string | number, value: YamlNode): void {
  if (isSeq(parent)) {
    // `[]` has no room for what comes in.
    if (parent.items.length === 0) parent.flow = false
    parent.items[Number(key)] = value
    return
  }
  if (!isMap(parent)) return
  const pair = pairOf(parent, key)
  if (!pair) {
    const added = document.createPair(String(key), value) as YamlPair
    if (key === '@type') parent.items.unshift(added)
    else parent.items.push(added)
    return
  }
  // What was written beside the old value belongs to the new one too.
  const comment = pair.value?.comment
  if (comment && isScalar(value)) value.comment = comment
  else if (comment) value.commentBefore = comment
  pair.value = value
}

function removeAt(parent: YamlNode | undefined, key: string | number): void {
  if (isMap(parent)) parent.items = parent.items.filter((pair) => keyOf(pair) !== String(key))
}

function rename(document: Document, pair: YamlPair, key: string): void {
  if (keyOf(pair) === key) return
  const before = pair.key
  const after = document.createNode(key) as YamlNode
  if (before.commentBefore) after.commentBefore = before.commentBefore
  if (isScalar(before) && isScalar(after) && before.spaceBefore) after.spaceBefore = true
  pair.key = after
}
